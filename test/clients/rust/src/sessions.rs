//! Connections: transactions, settings, cancel, notifications, TLS.
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation, TargetSessionAttrs};
use tokio_postgres::{Client, Config, IsolationLevel, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::values::{all_shown, shown};
use crate::{Outcome, SLOW, check, config, connect, connect_with, failure, setting};

/// A request that comes before the statement cancels nothing, so it is made again after this time.
const CANCEL_AGAIN: Duration = Duration::from_millis(100);

async fn isolation_levels() -> Outcome<Value> {
    let mut client = connect().await?;
    let mut answers = Vec::new();
    for level in [
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ] {
        let builder = client
            .build_transaction()
            .isolation_level(level)
            .read_only(true)
            .deferrable(true);
        let transaction = builder.start().await?;
        let text = "SELECT current_setting('transaction_isolation'), count(*) FROM customers";
        answers.push(all_shown(&transaction.query(text, &[]).await?));
        transaction.commit().await?;
    }
    Ok(Value::Array(answers))
}

async fn savepoints() -> Outcome<Value> {
    let mut client = connect().await?;
    let mut transaction = client.transaction().await?;
    let inner = transaction.transaction().await?;
    let first = failure(inner.query("SELECT zonee FROM customers", &[]).await)?;
    let second = failure(inner.query("SELECT 1", &[]).await)?;
    inner.rollback().await?;
    // Rolled back when it is let go.
    let named = transaction.savepoint("second").await?;
    let third = failure(named.query("SELECT 1/0", &[]).await)?;
    drop(named);
    let after = transaction
        .query_one("SELECT count(*) FROM customers", &[])
        .await?;
    drop(transaction);
    let outside = failure(client.simple_query("SAVEPOINT outside").await)?;
    Ok(json!([first, second, third, shown(&after), outside]))
}

async fn settings() -> Outcome<Value> {
    let mut with = config();
    with.application_name("checks of tokio-postgres")
        .options("-c TimeZone=Asia/Kolkata -c statement_timeout=200");
    with.target_session_attrs(TargetSessionAttrs::ReadWrite);
    let client = connect_with(&with).await?;
    let text = "SELECT current_setting('application_name'), current_setting('TimeZone'), current_setting('client_encoding')";
    let said = client.query_one(text, &[]).await?;
    Ok(json!([
        shown(&said),
        failure(client.query(SLOW, &[]).await)?
    ]))
}

async fn refused_logins() -> Outcome<Value> {
    let mut wrong = config();
    wrong.password("wrong");
    let mut elsewhere = config();
    elsewhere.dbname("elsewhere");
    Ok(json!([
        failure(wrong.connect(NoTls).await)?,
        failure(elsewhere.connect(NoTls).await)?
    ]))
}

async fn cancelled(client: Client, tls: Option<MakeRustlsConnect>) -> Outcome<Value> {
    let token = client.cancel_token();
    let error = {
        let mut running = std::pin::pin!(client.query(SLOW, &[]));
        loop {
            if let Ok(ended) = tokio::time::timeout(CANCEL_AGAIN, &mut running).await {
                break failure(ended)?;
            }
            match &tls {
                Some(tls) => token.cancel_query(tls.clone()).await?,
                None => token.cancel_query(NoTls).await?,
            }
        }
    };
    Ok(json!([
        error,
        shown(&client.query_one("SELECT 1", &[]).await?)
    ]))
}

async fn notifications() -> Outcome<Value> {
    let client = connect().await?;
    let mut counts = Vec::new();
    for text in [
        "LISTEN changes",
        "NOTIFY elsewhere",
        "NOTIFY elsewhere, 'it''s'",
        "UNLISTEN changes",
        "UNLISTEN *",
    ] {
        counts.push(client.execute(text, &[]).await?);
    }
    Ok(json!([
        counts,
        client.simple_query("LISTEN a; UNLISTEN a").await?.len()
    ]))
}

/// What makes TLS with an authority's certificate.
fn tls(authority: &str) -> Outcome<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(setting(authority))?)?;
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

async fn over_tls(config: &Config, authority: &str) -> Outcome<Client> {
    let (client, connection) = config.connect(tls(authority)?).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn one_over_tls(change: impl FnOnce(&mut Config)) -> Outcome<Value> {
    let mut changed = config();
    change(&mut changed);
    let client = over_tls(&changed, "CHECK_AUTHORITY").await?;
    let counted = client
        .query_one("SELECT count(*) FROM customers", &[])
        .await?;
    Ok(shown(&counted))
}

async fn refused_certificates() -> Outcome<Value> {
    let mut required = config();
    required.ssl_mode(SslMode::Require);
    let authority = over_tls(&required, "CHECK_OTHER_AUTHORITY")
        .await
        .err()
        .map(|error| format!("{error:?}"));
    let mut other_host = Config::new();
    other_host
        .host("127.0.0.1")
        .port(setting("CHECK_PORT").parse()?)
        .user("admin")
        .ssl_mode(SslMode::Require);
    let host = over_tls(&other_host, "CHECK_AUTHORITY")
        .await
        .err()
        .map(|error| format!("{error:?}"));
    let has = |error: Option<String>, what: &str| error.is_some_and(|text| text.contains(what));
    Ok(json!([
        has(authority, "UnknownIssuer"),
        has(host, "NotValidForName")
    ]))
}

async fn without_channel_binding() -> Outcome<Value> {
    let mut changed = config();
    changed.channel_binding(ChannelBinding::Require);
    let error = changed
        .connect(NoTls)
        .await
        .err()
        .map(|error| error.to_string());
    Ok(json!(error))
}

pub async fn checks() {
    check("isolation levels", isolation_levels()).await;
    check("a savepoint is taken back alone", savepoints()).await;
    check("settings at start-up, and a time limit", settings()).await;
    check("logins that are refused", refused_logins()).await;
    check("cancelled by its token", async {
        cancelled(connect().await?, None).await
    })
    .await;
    check("cancelled by its token over TLS", async {
        let client = over_tls(config().ssl_mode(SslMode::Require), "CHECK_AUTHORITY").await?;
        cancelled(client, Some(tls("CHECK_AUTHORITY")?)).await
    })
    .await;
    check("LISTEN, NOTIFY, UNLISTEN", notifications()).await;
    check("TLS is preferred", one_over_tls(|_| {})).await;
    check(
        "TLS is required",
        one_over_tls(|config| _ = config.ssl_mode(SslMode::Require)),
    )
    .await;
    check(
        "TLS from the first byte",
        one_over_tls(|config| {
            config
                .ssl_mode(SslMode::Require)
                .ssl_negotiation(SslNegotiation::Direct);
        }),
    )
    .await;
    check(
        "channel binding is required",
        one_over_tls(|config| {
            config
                .ssl_mode(SslMode::Require)
                .channel_binding(ChannelBinding::Require);
        }),
    )
    .await;
    check("channel binding needs TLS", without_channel_binding()).await;
    check(
        "TLS refuses another authority, and another host",
        refused_certificates(),
    )
    .await;
}
