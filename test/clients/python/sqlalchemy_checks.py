"""SQLAlchemy over psycopg2, psycopg and asyncpg: reflection in full, statements made from what was reflected."""

import datetime

import sqlalchemy
from sqlalchemy import MetaData, Table, bindparam, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session

from checks import DATABASE, EVERY_TYPE, HOST, MEASURES, PASSWORD, PORT, USER, check, main, require

DRIVERS = ("psycopg2", "psycopg", "asyncpg")
RELATIONS = ("customers", "transactions", "customer_activity", "debit_to_credit")


def url(driver):
    return URL.create(f"postgresql+{driver}", USER, PASSWORD, HOST, PORT, DATABASE)


def with_connection(driver, action):
    """What the action returns, given a connection of that driver."""
    if driver != "asyncpg":
        engine = create_engine(url(driver))
        with engine.connect() as connection:
            result = action(connection)
        engine.dispose()
        return result

    async def asynchronously():
        engine = create_async_engine(url(driver))
        async with engine.connect() as connection:
            result = await connection.run_sync(action)
        await engine.dispose()
        return result

    return asynchronously()


def plain(value):
    """Reflected things as their texts, types as PostgreSQL spells them."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, sqlalchemy.types.TypeEngine):
        return repr(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def rows(result):
    return [tuple(row) for row in result]


def declare(driver):
    """The checks of one driver."""

    def checked(name):
        def take(action):
            check(f"{driver}: {name}")(lambda: with_connection(driver, action))

        return take

    @checked("names")
    def _(connection):
        inspector = inspect(connection)
        return plain(
            [
                inspector.default_schema_name,
                inspector.get_schema_names(),
                inspector.get_table_names(),
                inspector.get_view_names(),
                inspector.get_materialized_view_names(),
                inspector.get_temp_table_names(),
                inspector.get_sequence_names(),
                inspector.get_enums(),
                inspector.get_domains(),
                inspector.get_sorted_table_and_fkc_names(),
                inspector.get_table_names("information_schema"),
                inspector.get_view_names("information_schema"),
                inspector.has_table("customers"),
                inspector.has_table("customer"),
                inspector.has_schema("public"),
            ]
        )

    @checked("every property of every relation")
    def _(connection):
        inspector = inspect(connection)
        answers = []
        for name in RELATIONS:
            answers += [
                inspector.get_columns(name),
                inspector.get_pk_constraint(name),
                inspector.get_foreign_keys(name),
                inspector.get_indexes(name),
                inspector.get_unique_constraints(name),
                inspector.get_check_constraints(name),
                inspector.get_table_comment(name),
                inspector.get_table_options(name),
                inspector.get_table_oid(name) > 0,
            ]
        return plain(answers)

    @checked("every property of all relations at once")
    def _(connection):
        inspector = inspect(connection)
        everything = {"kind": ObjectKind.ANY, "scope": ObjectScope.ANY}
        return plain(
            [
                getattr(inspector, f"get_multi_{what}")(**everything)
                for what in (
                    "columns",
                    "pk_constraint",
                    "foreign_keys",
                    "indexes",
                    "unique_constraints",
                    "check_constraints",
                    "table_comment",
                    "table_options",
                )
            ]
        )

    @checked("statements over reflected tables")
    def _(connection):
        metadata = MetaData()
        metadata.reflect(connection, only=["customers", "transactions"])
        customers, transactions = metadata.tables["customers"], metadata.tables["transactions"]
        zone = customers.c.zone
        grouped = (
            select(zone, func.count().label("n"), func.max(customers.c.account_balance))
            .where(
                customers.c.zone.in_(["North", "South", "West"]),
                customers.c.is_active,
                customers.c.onboarding_date < datetime.datetime(2024, 6, 1),
            )
            .group_by(zone)
            .having(func.count() > 1)
            .order_by(zone.desc())
            .limit(2)
            .offset(1)
        )
        joined = (
            select(customers.c.customer_id, func.count(transactions.c.transaction_id))
            .join(transactions, isouter=True)
            .group_by(customers.c.customer_id)
            .order_by(customers.c.customer_id)
            .limit(20)
        )
        few = (
            select(transactions.c.amount, transactions.c.transaction_time)
            .where(transactions.c.transaction_id.between(bindparam("low"), bindparam("high")))
            .order_by(transactions.c.transaction_id)
        )
        numbers = (
            select(customers.c.customer_id, func.row_number().over(partition_by=zone, order_by=customers.c.customer_id))
            .order_by(customers.c.customer_id)
            .limit(20)
        )
        return [
            rows(connection.execute(grouped)),
            rows(connection.execute(joined)),
            rows(connection.execute(numbers)),
            rows(connection.execute(few, {"low": 5, "high": 9})),
            sorted(metadata.tables),
        ]

    @checked("a relation of a schema reflected alone")
    def _(connection):
        table = Table("customer_activity", MetaData(), schema="public", autoload_with=connection)
        return plain([[column.name, column.type, column.nullable, column.comment] for column in table.columns])

    @checked("every type, and a measure by a dimension")
    def _(connection):
        return [rows(connection.execute(text(EVERY_TYPE))), rows(connection.execute(text(MEASURES)))]

    @checked("a result in pieces")
    def _(connection):
        statement = text("SELECT transaction_id, amount FROM transactions ORDER BY 1 LIMIT 1050")
        whole = rows(connection.execute(statement))
        if driver == "asyncpg":
            return whole
        pieces = connection.execution_options(stream_results=True, yield_per=100).execute(statement)
        read = [tuple(row) for piece in pieces.partitions() for row in piece]
        require(read == whole, "differs from the whole result")
        return read

    @checked("isolation levels, savepoints")
    def _(connection):
        answers = []
        connection.rollback()
        for level in ("REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT", "READ COMMITTED"):
            other = connection.execution_options(isolation_level=level, postgresql_readonly=True)
            answers += [level, other.execute(text("SHOW transaction_isolation")).scalar(), other.get_isolation_level()]
            other.rollback()
        nested = connection.begin_nested()
        try:
            connection.execute(text("SELECT zonee FROM customers"))
        except sqlalchemy.exc.ProgrammingError as error:
            answers.append(getattr(error.orig, "sqlstate", None) or error.orig.pgcode)
        nested.rollback()
        return answers + [connection.execute(text("SELECT count(*) FROM customers")).scalar()]


for each in DRIVERS:
    declare(each)


@check("mapped classes made from what is there")
def _():
    engine = create_engine(url("psycopg"), pool_pre_ping=True)
    base = automap_base()
    base.prepare(autoload_with=engine)
    with Session(engine) as session:
        transaction = session.scalars(
            select(base.classes.transactions).order_by(base.classes.transactions.transaction_id).limit(1)
        ).one()
        customer = transaction.customers
        answers = [
            sorted(base.classes.keys()),
            transaction.amount,
            customer.zone,
            len(customer.transactions_collection),
            session.get(base.classes.customers, 7).city,
        ]
    engine.dispose()
    return answers


@check("the pool resets what a session set")
def _():
    engine = create_engine(url("psycopg2"), pool_size=1, pool_pre_ping=True)
    answers = []
    for _ in range(3):
        with engine.connect() as connection:
            answers.append(connection.execute(text("SHOW extra_float_digits")).scalar())
            connection.execute(text("SET extra_float_digits = 0"))
    engine.dispose()
    return answers


main()
