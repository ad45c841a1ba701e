//! The checks of tokio-postgres: each prints a line of JSON; see test/support/client-checks.ts.
mod sessions;
mod statements;
mod streams;
mod values;

use std::env;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{Client, Config, NoTls};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Longer than any check takes, so that only one that hangs reaches it.
const CHECK_TIMEOUT: Duration = Duration::from_secs(60);

/// Longer than anybody waits.
pub const SLOW: &str = "SELECT count(*) FROM transactions a, transactions b, transactions c
    WHERE a.amount + b.amount + c.amount < 0";

pub const EVERY_TYPE: &str =
    "SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date, date_of_birth,
        account_balance::float8 AS float8, credit_score::float4 AS float4, credit_score::int2 AS int2,
        onboarding_date::timestamptz AS timestamptz, onboarding_date::time AS time,
        ARRAY[zone, NULL, city] AS texts, ARRAY[customer_id, 1] AS longs, NULL::text AS nothing
    FROM customers ORDER BY customer_id LIMIT 40";

pub const EVERY_ID: &str =
    "SELECT transaction_id, amount FROM transactions ORDER BY transaction_id";

pub fn setting(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// What is expected of the server at hand: PostgreSQL has only the aggregate that a measure stands for.
pub fn either<'a>(lens: &'a str, postgres: &'a str) -> &'a str {
    if setting("CHECK_SERVER") == "lens" {
        lens
    } else {
        postgres
    }
}

pub fn measures() -> &'static str {
    either(
        "SELECT zone, MEASURE(customer_count), total_balance FROM customers GROUP BY zone ORDER BY zone",
        "SELECT zone, count(*) AS customer_count, sum(account_balance) AS total_balance FROM customers
            GROUP BY zone ORDER BY zone",
    )
}

/// Runs one. What the future gives has to be the same from the lens and from PostgreSQL.
pub async fn check(name: &str, body: impl Future<Output = Outcome<Value>>) {
    let line = match tokio::time::timeout(CHECK_TIMEOUT, body).await {
        Ok(Ok(answer)) => json!({"name": name, "ok": true, "answer": answer}),
        Ok(Err(error)) => json!({"name": name, "ok": false, "detail": format!("{error:?}")}),
        Err(_) => json!({"name": name, "ok": false, "detail": "did not end"}),
    };
    println!("{line}");
}

/// What leads to the server at hand.
pub fn config() -> Config {
    let mut config = Config::new();
    config
        .host(setting("CHECK_HOST"))
        .port(setting("CHECK_PORT").parse().expect("a port"))
        .user(setting("CHECK_USER"))
        .password(setting("CHECK_PASSWORD"))
        .dbname(setting("CHECK_DATABASE"));
    config
}

pub async fn connect() -> Outcome<Client> {
    connect_with(&config()).await
}

pub async fn connect_with(config: &Config) -> Outcome<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Every field of the error that the server sent.
pub fn failure<T>(result: Result<T, tokio_postgres::Error>) -> Outcome<Value> {
    let Err(error) = result else {
        return Err("nothing failed".into());
    };
    let Some(sent) = error.as_db_error() else {
        return Err(format!("no error of the server's: {error:?}").into());
    };
    let position = match sent.position() {
        Some(ErrorPosition::Original(position)) => json!(position),
        Some(ErrorPosition::Internal { .. }) => json!("internal"),
        None => Value::Null,
    };
    let severity = sent.parsed_severity().map(|severity| severity.to_string());
    Ok(json!([
        severity,
        sent.code().code(),
        sent.message(),
        sent.detail(),
        sent.hint(),
        position
    ]))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    statements::checks().await;
    values::checks().await;
    streams::checks().await;
    sessions::checks().await;
}
