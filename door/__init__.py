"""What hub and nodes do alike at their HTTP door: limits and headers (`asgi`), problems in both languages (`problems`).

Knows the words and codes of `domain` and no web framework; sending, chance and logs are the caller's.
"""
