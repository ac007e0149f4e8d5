"""The only writer of the log. It sees headers, sealed sections and wrapped keys; it can open none of them."""
