import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Connections: TLS, start-up options, what a session says of itself, cancelling. */
final class SessionChecks {
  /** Longer than anybody waits. */
  static final String slow =
      "SELECT count(*) FROM transactions a, transactions b, transactions c WHERE a.amount +"
          + " b.amount + c.amount < 0";

  private static final String authority = System.getenv("CHECK_AUTHORITY");
  private static final String otherAuthority = System.getenv("CHECK_OTHER_AUTHORITY");

  private SessionChecks() {}

  static void run() {
    tls();
    startUp();
    session();
    Checks.check("cancelled from another thread", SessionChecks::cancel);
    Checks.check(
        "cancelled after a time",
        () -> {
          try (Connection own = Checks.connect();
              Statement statement = own.createStatement()) {
            statement.setQueryTimeout(1);
            return List.of(
                Checks.failure(() -> statement.executeQuery(slow)), Checks.rows(own, "SELECT 1"));
          }
        });
  }

  private static Object one(Connection connection) throws SQLException {
    try (connection) {
      return Checks.rows(connection, "SELECT count(*) FROM customers");
    }
  }

  private static void tls() {
    for (String mode : List.of("disable", "allow", "prefer", "require")) {
      Checks.check("sslmode=" + mode, () -> one(Checks.connect("sslmode=" + mode)));
    }
    for (String mode : List.of("verify-ca", "verify-full")) {
      Checks.check(
          "sslmode=" + mode,
          () -> one(Checks.connect("sslmode=" + mode, "sslrootcert=" + authority)));
      Checks.check(
          "sslmode=" + mode + " refuses another authority",
          () -> refused(() -> Checks.connect("sslmode=" + mode, "sslrootcert=" + otherAuthority)));
    }
    Checks.check(
        "sslmode=verify-full refuses another host",
        () ->
            refused(
                () ->
                    Checks.connectTo(
                        "127.0.0.1", "sslmode=verify-full", "sslrootcert=" + authority)));
    if (!Checks.isOldDriver) {
      Checks.check(
          "channel binding is required",
          () -> one(Checks.connect("sslmode=require", "channelBinding=require")));
      Checks.check(
          "TLS from the first byte",
          () ->
              one(
                  Checks.connect(
                      "sslNegotiation=direct", "sslmode=verify-full", "sslrootcert=" + authority)));
    }
  }

  private static Object refused(Checks.Step step) throws Exception {
    return Checks.failure(step).get("code");
  }

  private static void startUp() {
    Checks.check("a wrong password", () -> Checks.failure(() -> Checks.connect("password=wrong")));
    Checks.check(
        "options at start-up",
        () -> {
          try (Connection own =
              Checks.connect(
                  "options=-c statement_timeout=200 -c TimeZone=Asia/Kolkata",
                  "ApplicationName=checks of pgjdbc")) {
            return List.of(
                Checks.rows(own, "SHOW application_name"),
                Checks.failure(() -> Checks.rows(own, slow)));
          }
        });
    Checks.check(
        "currentSchema",
        () -> {
          try (Connection own = Checks.connect("currentSchema=public,pg_catalog")) {
            return List.of(own.getSchema(), Checks.rows(own, "SELECT count(*) FROM customers"));
          }
        });
    Checks.check("targetServerType=primary", () -> one(Checks.connect("targetServerType=primary")));
    Checks.check(
        "tcpKeepAlive, socketTimeout, loginTimeout",
        () -> one(Checks.connect("tcpKeepAlive=true", "socketTimeout=30", "loginTimeout=30")));
    Checks.check(
        "assumeMinServerVersion",
        () -> one(Checks.connect("assumeMinServerVersion=12", "ApplicationName=a")));
    Checks.check(
        "stringtype=unspecified",
        () -> {
          try (Connection own = Checks.connect("stringtype=unspecified");
              var statement =
                  own.prepareStatement(
                      "SELECT count(*) FROM customers WHERE customer_id > ? AND onboarding_date"
                          + " < ?")) {
            statement.setString(1, "10");
            statement.setString(2, "2024-01-01");
            return Checks.rows(statement.executeQuery());
          }
        });
    if (!Checks.isOldDriver) {
      Checks.check("protocol 3.2", () -> one(Checks.connect("protocolVersion=3.2")));
    }
  }

  private static void session() {
    Checks.check(
        "a session says what it is",
        () -> {
          try (Connection own = Checks.connect()) {
            own.setClientInfo("ApplicationName", "reports");
            own.setSchema("pg_catalog");
            Map<String, Object> said = new java.util.TreeMap<>();
            said.put("schema", own.getSchema());
            said.put("catalog", own.getCatalog());
            said.put("valid", own.isValid(5));
            said.put("name", own.getClientInfo("ApplicationName"));
            said.put("shown", Checks.rows(own, "SHOW application_name"));
            said.put("readOnly", own.isReadOnly());
            said.put("isolation", own.getTransactionIsolation());
            said.put(
                "user", Checks.rows(own, "SELECT current_user, session_user, current_database()"));
            said.put("warnings", own.getWarnings());
            return said;
          }
        });
    Checks.check(
        "settings are set and reset",
        () -> {
          try (Connection own = Checks.connect();
              Statement statement = own.createStatement()) {
            statement.execute("SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = 0");
            Object tokyo =
                Checks.rows(
                    own,
                    "SELECT TIMESTAMPTZ '2024-01-01 00:00:00Z'::text, 0.1::float8 + 0.2::float8");
            statement.execute("DISCARD ALL");
            return List.of(tokyo, Checks.rows(own, "SHOW extra_float_digits"));
          }
        });
    Checks.check(
        "an aborted connection is closed",
        () -> {
          Connection own = Checks.connect();
          own.abort(Runnable::run);
          Checks.require(own.isClosed(), "still open");
          return refused(() -> Checks.rows(own, "SELECT 1"));
        });
  }

  private static Object cancel() throws Exception {
    var executor = Executors.newSingleThreadExecutor();
    try (Connection own = Checks.connect();
        Statement statement = own.createStatement()) {
      var running = executor.submit(() -> Checks.failure(() -> statement.executeQuery(slow)));
      Object error = null;
      // A request that comes before the statement cancels nothing, so it is made until one does.
      while (error == null) {
        statement.cancel();
        try {
          error = running.get(100, TimeUnit.MILLISECONDS);
        } catch (TimeoutException waiting) {
          continue;
        }
      }
      return error;
    } finally {
      executor.shutdownNow();
    }
  }
}
