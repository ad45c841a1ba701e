"""Runs named checks and prints one line of JSON for each; see test/support/client-checks.ts."""

import asyncio
import inspect
import json
import os
import sys
import traceback
from pathlib import Path

IS_LENS = os.environ["CHECK_SERVER"] == "lens"
HOST = os.environ["CHECK_HOST"]
PORT = int(os.environ["CHECK_PORT"])
USER = os.environ["CHECK_USER"]
PASSWORD = os.environ["CHECK_PASSWORD"]
DATABASE = os.environ["CHECK_DATABASE"]
AUTHORITY = os.environ["CHECK_AUTHORITY"]
OTHER_AUTHORITY = os.environ["CHECK_OTHER_AUTHORITY"]

# Longer than anybody waits.
SLOW = "SELECT count(*) FROM transactions a, transactions b, transactions c WHERE a.amount + b.amount + c.amount < 0"

# Values of every type that clients convert, NULLs among them.
EVERY_TYPE = """SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date, date_of_birth,
    account_balance::float8 AS float8, credit_score::float4 AS float4, credit_score::int2 AS int2,
    onboarding_date::timestamptz AS timestamptz, onboarding_date::time AS time,
    ARRAY[zone, NULL, city] AS texts, ARRAY[customer_id, 1] AS longs, NULL::text AS nothing
  FROM customers ORDER BY customer_id LIMIT 40"""

EVERY_ID = "SELECT transaction_id, amount FROM transactions ORDER BY transaction_id"

# A measure by a dimension; PostgreSQL has only the aggregate that the measure stands for.
MEASURES = (
    "SELECT zone, MEASURE(customer_count), total_balance FROM customers GROUP BY zone ORDER BY zone"
    if IS_LENS
    else "SELECT zone, count(*) AS customer_count, sum(account_balance) AS total_balance FROM customers"
    " GROUP BY zone ORDER BY zone"
)

_checks = []


def check(name):
    """Declares a check. What the function returns has to be the same from the lens and from PostgreSQL."""

    def declare(function):
        _checks.append((name, function))
        return function

    return declare


def require(holds, what):
    if not holds:
        raise AssertionError(what)


def shown(value):
    """An answer as JSON: a value is shown with its type, so that a value of another type is another answer."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, memoryview):
        return f"memoryview {value.tobytes()!r}"
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    return f"{type(value).__name__} {value!r}"


async def _outcome(function):
    try:
        result = function()
        if inspect.isawaitable(result):
            result = await result
        return {"ok": True, "answer": shown(result)}
    except BaseException as problem:
        here = [
            frame
            for frame in traceback.extract_tb(problem.__traceback__)
            if Path(frame.filename).parent == Path(__file__).parent
        ]
        places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in here)
        return {"ok": False, "detail": f"{type(problem).__name__}: {problem} ({places})"}


async def _run():
    for name, function in _checks:
        line = {"name": name, **await _outcome(function)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def main():
    """Runs what was declared, in order. One event loop for all of it."""
    asyncio.run(_run())
