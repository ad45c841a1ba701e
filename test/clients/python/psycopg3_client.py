"""How the checks of psycopg 3 connect and ask."""

import psycopg

from checks import DATABASE, HOST, PASSWORD, PORT, USER

PARAMETERS = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD, "dbname": DATABASE}


def connect(**options):
    return psycopg.connect(**{**PARAMETERS, **options})


def rows(text, parameters=None, binary=None, **options):
    with connect(**options) as connection:
        return connection.execute(text, parameters, binary=binary).fetchall()


def failure(action):
    """Every field of the error that the server sent."""
    try:
        action()
    except psycopg.Error as error:
        names = ["severity", "sqlstate", "message_primary", "message_detail", "message_hint", "statement_position"]
        return [type(error).__name__, *(getattr(error.diag, name) for name in names)]
    raise AssertionError("nothing failed")
