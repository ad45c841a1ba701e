//! Statements: prepared, of typed parameters, pipelined, in the simple protocol; errors.
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::values::{all_shown, shown};
use crate::{EVERY_TYPE, Outcome, check, connect, either, failure, measures};

/// How often a statement is run.
const EXECUTIONS: usize = 3;

const BY_ID: &str = "SELECT customer_id, zone FROM customers WHERE customer_id = $1";

const FAILING: &[&str] = &[
    "SELECT zonee FROM customers",
    "SELECT * FROM customer",
    "SELECT zone FRM customers",
    "SELECT 'é', 1/0",
    "SELECT 'é', zone, count(*) FROM customers",
];

async fn repeated(text: &str) -> Outcome<Value> {
    let client = connect().await?;
    let statement = client.prepare(text).await?;
    let mut answers = Vec::new();
    for _ in 0..EXECUTIONS {
        answers.push(all_shown(&client.query(&statement, &[]).await?));
    }
    Ok(Value::Array(answers))
}

async fn columns() -> Outcome<Value> {
    let statement = connect().await?.prepare(EVERY_TYPE).await?;
    let columns = statement.columns().iter().map(|column| {
        json!([
            column.name(),
            column.type_().oid(),
            column.type_modifier(),
            column.table_oid().is_some(),
            column.column_id()
        ])
    });
    Ok(columns.collect())
}

async fn parameter_types() -> Outcome<Value> {
    let client = connect().await?;
    let text = "SELECT count(*), max(account_balance) FROM customers
        WHERE zone = $1 AND account_balance > $2 AND onboarding_date < $3 AND customer_id = ANY($4) AND is_active = $5
        LIMIT $6";
    let told = client.prepare(text).await?;
    let given = client
        .prepare_typed("SELECT $1, $2, $1", &[Type::INT8, Type::TEXT])
        .await?;
    let names = |types: &[Type]| {
        types
            .iter()
            .map(|each| each.name().to_string())
            .collect::<Vec<_>>()
    };
    let row = client.query_one(&given, &[&7i64, &"seven"]).await?;
    Ok(json!([
        names(told.params()),
        names(given.params()),
        shown(&row)
    ]))
}

async fn typed() -> Outcome<Value> {
    let client = connect().await?;
    let some = client.query_typed(BY_ID, &[(&7i64, Type::INT8)]).await?;
    let none = client
        .query_typed(
            "SELECT zone FROM customers WHERE customer_id < $1",
            &[(&0i64, Type::INT8)],
        )
        .await?;
    let error = failure(
        client
            .query_typed("SELECT 1 / $1", &[(&0i32, Type::INT4)])
            .await,
    )?;
    Ok(json!([all_shown(&some), none.len(), error]))
}

async fn affected() -> Outcome<Value> {
    let client = connect().await?;
    let counted = client
        .execute(
            "SELECT zone FROM customers WHERE customer_id <= $1",
            &[&9i64],
        )
        .await?;
    let set = client.execute("SET extra_float_digits = 0", &[]).await?;
    Ok(json!([counted, set, client.execute("", &[]).await?]))
}

/// Futures that are polled together are sent together.
async fn pipeline() -> Outcome<Value> {
    let client = connect().await?;
    let statement = client.prepare(BY_ID).await?;
    let ids: Vec<i64> = (0..30).collect();
    let parameters: Vec<[&(dyn tokio_postgres::types::ToSql + Sync); 1]> =
        ids.iter().map(|id| [id as _]).collect();
    let rows = join_all(parameters.iter().map(|each| client.query(&statement, each))).await;
    let texts = [measures(), "SELECT 1", EVERY_TYPE];
    let prepared = join_all(texts.iter().map(|text| client.query(*text, &[]))).await;
    let mut answers = Vec::new();
    for each in rows.into_iter().chain(prepared) {
        answers.push(all_shown(&each?));
    }
    Ok(Value::Array(answers))
}

async fn error_in_pipeline() -> Outcome<Value> {
    let client = connect().await?;
    let fails = "SELECT 1 / (customer_id - customer_id) FROM customers";
    let (first, (second, third)) = join(
        client.query("SELECT 1", &[]),
        join(client.query(fails, &[]), client.simple_query("SELECT 3")),
    )
    .await;
    Ok(json!([
        all_shown(&first?),
        failure(second)?,
        messages(third?)
    ]))
}

fn messages(all: Vec<SimpleQueryMessage>) -> Value {
    let each = all.into_iter().map(|message| match message {
        SimpleQueryMessage::Row(row) => (0..row.len()).map(|place| json!(row.get(place))).collect(),
        SimpleQueryMessage::CommandComplete(count) => json!(count),
        SimpleQueryMessage::RowDescription(columns) => {
            columns.iter().map(|column| column.name()).collect()
        }
        _ => json!("another message"),
    });
    each.collect()
}

async fn simple() -> Outcome<Value> {
    let client = connect().await?;
    let several = format!(
        "SET TimeZone = 'Asia/Kolkata'; {EVERY_TYPE}; {}; SELECT 'a;b'",
        measures()
    );
    let answers = messages(client.simple_query(&several).await?);
    let empty = messages(client.simple_query("").await?);
    let error = failure(client.simple_query("SELECT 1; SELECT 1/0; SELECT 2").await)?;
    client.check_connection().await?;
    Ok(json!([answers, empty, error]))
}

async fn errors() -> Outcome<Value> {
    let client = connect().await?;
    let mut answers = Vec::new();
    for text in FAILING {
        answers.push(json!([
            failure(client.query(*text, &[]).await)?,
            failure(client.simple_query(text).await)?
        ]));
    }
    Ok(Value::Array(answers))
}

async fn refused(client: &Client, text: &str) -> Outcome<()> {
    let error = failure(client.execute(text, &[]).await)?;
    if error[1] == either("25006", "42501") {
        Ok(())
    } else {
        Err(error.to_string().into())
    }
}

async fn writes() -> Outcome<Value> {
    let client = connect().await?;
    refused(&client, "DELETE FROM customers").await?;
    refused(&client, "UPDATE customers SET zone = 'a'").await?;
    Ok(Value::Null)
}

/// A statement that is let go is closed at the server; one of the same text is another.
async fn let_go() -> Outcome<Value> {
    let client = connect().await?;
    let statement = client
        .prepare("SELECT zone FROM customers WHERE customer_id = $1")
        .await?;
    client.query_one(&statement, &[&1i64]).await?;
    let there = client
        .query_one(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT zone%'",
            &[],
        )
        .await?;
    drop(statement);
    let gone = client
        .query_one(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT zone%'",
            &[],
        )
        .await?;
    client.batch_execute("DEALLOCATE ALL").await?;
    Ok(json!([shown(&there), shown(&gone)]))
}

pub async fn checks() {
    check("every type", repeated(EVERY_TYPE)).await;
    check("a measure by a dimension", repeated(measures())).await;
    check("columns of a statement", columns()).await;
    check("types of parameters, told and given", parameter_types()).await;
    check("statements of typed parameters", typed()).await;
    check("rows that a statement affects", affected()).await;
    check("a pipeline", pipeline()).await;
    check("an error in a pipeline", error_in_pipeline()).await;
    check("the simple protocol", simple()).await;
    check("errors", errors()).await;
    check("a write is refused", writes()).await;
    check("a statement is let go", let_go()).await;
}
