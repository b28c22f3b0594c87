"""What both ends of a connection agree on."""

from .packets import MESSAGE

VERSION = "1"
"""Of the protocol. Ends of different versions do not talk."""
NAME, METHOD = "unknot.Runtime", "Connect"
WELCOME = b"unknot"
"""The first message from a worker; whatever follows is packets."""
OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE),
    ("grpc.max_send_message_length", MESSAGE),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.server_handshake_timeout_ms", 5000),
    ("grpc.so_reuseport", 0),
)
