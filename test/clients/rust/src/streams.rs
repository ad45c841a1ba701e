//! Results in pieces: streams of rows, portals, cursors, COPY.
use std::pin::pin;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use tokio_postgres::binary_copy::BinaryCopyOutStream;
use tokio_postgres::types::Type;

use crate::values::{all_shown, hex, shown};
use crate::{EVERY_ID, EVERY_TYPE, Outcome, check, connect, either, failure};

/// Rows of a portal or a cursor that are fetched at once.
const FETCH_SIZE: i32 = 100;

async fn row_by_row() -> Outcome<Value> {
    let client = connect().await?;
    let mut rows = pin!(client.query_raw(EVERY_ID, Vec::<String>::new()).await?);
    let mut count = 0;
    let mut last = Value::Null;
    while let Some(row) = rows.try_next().await? {
        count += 1;
        last = shown(&row);
    }
    Ok(json!([count, last, rows.rows_affected()]))
}

/// The rest of a stream that is let go is read over, and the connection goes on.
async fn let_go() -> Outcome<Value> {
    let client = connect().await?;
    let mut answers = Vec::new();
    for _ in 0..3 {
        let mut rows = Box::pin(client.query_raw(EVERY_ID, Vec::<String>::new()).await?);
        answers.push(rows.try_next().await?.map(|row| shown(&row)));
    }
    let after = client
        .query_one("SELECT count(*) FROM customers", &[])
        .await?;
    Ok(json!([answers, shown(&after)]))
}

async fn error_in_stream() -> Outcome<Value> {
    let client = connect().await?;
    let text = "SELECT 1 / (5 - n) FROM generate_series(1, $1::int4) AS n";
    let rows = client.query_raw(text, [10i32]).await?;
    let error = failure(rows.try_collect::<Vec<_>>().await)?;
    Ok(json!([
        error,
        shown(&client.query_one("SELECT 1", &[]).await?)
    ]))
}

async fn portals() -> Outcome<Value> {
    let mut client = connect().await?;
    let transaction = client.transaction().await?;
    let text = format!("{EVERY_ID} LIMIT 1050");
    let all = transaction.bind(&text, &[]).await?;
    let above = "SELECT transaction_id FROM transactions WHERE transaction_id > $1 ORDER BY 1";
    let other = transaction.bind(above, &[&10i64]).await?;
    let mut read = Vec::new();
    loop {
        let piece = transaction.query_portal(&all, FETCH_SIZE).await?;
        if piece.is_empty() {
            break;
        }
        read.push(json!([
            all_shown(&piece),
            all_shown(&transaction.query_portal(&other, 1).await?)
        ]));
    }
    transaction.commit().await?;
    Ok(Value::Array(read))
}

async fn cursor() -> Outcome<Value> {
    let mut client = connect().await?;
    let transaction = client.transaction().await?;
    transaction
        .batch_execute(&format!("DECLARE pieces CURSOR FOR {EVERY_ID} LIMIT 250"))
        .await?;
    let mut read = Vec::new();
    loop {
        let piece = transaction
            .query(&format!("FETCH {FETCH_SIZE} FROM pieces"), &[])
            .await?;
        read.push(all_shown(&piece));
        if piece.is_empty() {
            break;
        }
    }
    transaction.batch_execute("CLOSE pieces").await?;
    let error = failure(transaction.simple_query("FETCH 1 FROM pieces").await)?;
    transaction.rollback().await?;
    Ok(json!([read, error]))
}

async fn copied(text: &str) -> Outcome<Value> {
    let client = connect().await?;
    let chunks: Vec<_> = client.copy_out(text).await?.try_collect().await?;
    let bytes: Vec<u8> = chunks.concat();
    let after = client.query_one("SELECT 1", &[]).await?;
    Ok(json!([
        String::from_utf8(bytes).unwrap_or_else(|error| hex(error.as_bytes())),
        shown(&after)
    ]))
}

/// The rows of COPY's binary format, read by the client's own decoder.
async fn copied_rows() -> Outcome<Value> {
    let client = connect().await?;
    let text = "COPY (SELECT customer_id, zone, is_active, credit_score FROM customers ORDER BY 1 LIMIT 50)
        TO STDOUT (FORMAT binary)";
    let stream = client.copy_out(text).await?;
    let types = [Type::INT8, Type::TEXT, Type::BOOL, Type::INT4];
    let mut rows = pin!(BinaryCopyOutStream::new(stream, &types));
    let mut answers = Vec::new();
    while let Some(row) = rows.try_next().await? {
        answers.push(json!([
            row.get::<i64>(0),
            row.get::<&str>(1),
            row.get::<bool>(2),
            row.get::<Option<i32>>(3)
        ]));
    }
    Ok(Value::Array(answers))
}

async fn copy_refused() -> Outcome<Value> {
    let client = connect().await?;
    let failed = client
        .copy_in::<_, std::io::Cursor<Vec<u8>>>("COPY customers FROM STDIN")
        .await
        .map(|_| ());
    let code = failure(failed)?[1].clone();
    if code != either("25006", "42501") {
        return Err(code.to_string().into());
    }
    // Of its own: after a refusal the client ends what has not begun, and takes the answer for the next statement's.
    let client = connect().await?;
    let text = "COPY (SELECT zonee FROM customers) TO STDOUT";
    let unknown = failure(client.copy_out(text).await.map(|_| ()))?;
    Ok(json!([
        unknown,
        shown(&client.query_one("SELECT 1", &[]).await?)
    ]))
}

pub async fn checks() {
    check("rows as they come", row_by_row()).await;
    check("a stream is let go", let_go()).await;
    check("an error in a stream", error_in_stream()).await;
    check("portals bring every row once", portals()).await;
    check("a cursor brings every row once", cursor()).await;
    check(
        "COPY as text",
        copied(&format!("COPY ({EVERY_TYPE}) TO STDOUT")),
    )
    .await;
    check(
        "COPY as CSV",
        copied(&format!(
            "COPY ({EVERY_TYPE}) TO STDOUT (FORMAT csv, HEADER)"
        )),
    )
    .await;
    check(
        "COPY in binary",
        copied(&format!("COPY ({EVERY_TYPE}) TO STDOUT (FORMAT binary)")),
    )
    .await;
    check("COPY's rows", copied_rows()).await;
    check("COPY that is refused", copy_refused()).await;
}
