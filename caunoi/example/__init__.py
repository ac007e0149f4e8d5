"""The worked example: made-up people and offices, for trying out and for tests. DỮ LIỆU GIẢ ĐỊNH."""
