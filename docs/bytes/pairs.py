def op():
    try:
        1 / 0
    except ZeroDivisionError as error:
        kept = error
        pairs = [(number, number) for number in range(1000)]
