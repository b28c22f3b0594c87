def op():
    try:
        int("1O")
    except ValueError:
        pass
