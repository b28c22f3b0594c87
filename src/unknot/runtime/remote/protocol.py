"""Constants shared by both ends of a connection."""

from .packets import MESSAGE

VERSION = "1"
"""Version of the protocol. Peers of different versions refuse each other."""
NAME, METHOD = "unknot.Runtime", "Connect"
WELCOME = b"unknot"
"""The first message from a worker. Packets follow."""
OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE),
    ("grpc.max_send_message_length", MESSAGE),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.server_handshake_timeout_ms", 5000),
    ("grpc.so_reuseport", 0),
)
