"""Each call makes a class, which a registry keeps."""

MODELS: dict[int, type] = {}


def op() -> None:
    MODELS[len(MODELS)] = type("Model", (), {})
