import static java.util.Map.entry;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** Statements, parameters and results in one query mode. */
final class StatementChecks {
  /** After so many executions pgjdbc prepares on the server, and asks for binary results. */
  static final int executionsUntilPrepared = 5;

  static final String everyType =
      "SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date,"
          + " date_of_birth, account_balance::float8 AS float8, credit_score::float4 AS float4,"
          + " credit_score::int2 AS int2, onboarding_date::timestamptz AS timestamptz,"
          + " onboarding_date::time AS time, ARRAY[zone, NULL, city] AS texts, ARRAY[customer_id,"
          + " 1] AS longs, NULL::text AS nothing FROM customers ORDER BY customer_id LIMIT 40";

  private final String prefix;
  private final String mode;

  private StatementChecks(String mode) {
    this.mode = mode;
    this.prefix = mode + ": ";
  }

  static void run(String mode) throws Exception {
    StatementChecks checks = new StatementChecks(mode);
    try (Connection connection = checks.connect()) {
      checks.results(connection);
      new ParameterChecks(mode).run(connection);
      checks.errors(connection);
      checks.transactions(connection);
    }
  }

  private Connection connect(String... options) throws SQLException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("preferQueryMode=" + mode);
    return Checks.connect(all.toArray(new String[0]));
  }

  private void check(String name, Checks.Body body) {
    Checks.check(prefix + name, body);
  }

  private void results(Connection connection) {
    check("every type", () -> Checks.rows(connection, everyType));
    check("every type, read the other ways", () -> readTheOtherWays(connection));
    check(
        "a measure by a dimension",
        () ->
            Checks.rows(
                connection,
                Checks.either(
                    "SELECT zone, MEASURE(customer_count), total_balance FROM customers GROUP BY"
                        + " zone ORDER BY zone",
                    "SELECT zone, count(*), sum(account_balance) FROM customers GROUP BY zone ORDER"
                        + " BY zone")));
    check("what a result says of itself", () -> describe(connection));
    check(
        "several statements at once",
        () -> {
          List<Object> all = new ArrayList<>();
          try (Statement statement = connection.createStatement()) {
            boolean hasRows =
                statement.execute(
                    "SELECT 1 AS one; SELECT zone FROM customers GROUP BY 1 ORDER BY 1; SELECT"
                        + " 'a;b'");
            for (; hasRows; hasRows = statement.getMoreResults())
              all.add(Checks.rows(statement.getResultSet()));
          }
          return all;
        });
    check(
        "the same statement before and after it is prepared",
        () -> {
          var answers = new LinkedHashSet<>();
          try (PreparedStatement statement = connection.prepareStatement(everyType)) {
            for (int time = 0; time < executionsUntilPrepared + 2; time++)
              answers.add(Checks.rows(statement.executeQuery()));
          }
          Checks.require(answers.size() == 1, "binary and text results differ: " + answers);
          return answers;
        });
    check(
        "binary from the first time",
        () -> {
          try (Connection binary = connect("prepareThreshold=-1");
              PreparedStatement statement = binary.prepareStatement(everyType)) {
            List<Object> first = Checks.rows(statement.executeQuery());
            Checks.require(first.equals(Checks.rows(connection, everyType)), "differs from text");
            return first;
          }
        });
    check(
        "no more rows than asked for",
        () -> {
          try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(7);
            return Checks.rows(
                statement.executeQuery("SELECT customer_id FROM customers ORDER BY 1"));
          }
        });
    check(
        "a result that can be scrolled",
        () -> {
          try (Statement statement =
              connection.createStatement(
                  ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
            ResultSet rows =
                statement.executeQuery("SELECT customer_id FROM customers ORDER BY 1 LIMIT 9");
            rows.last();
            long last = rows.getLong(1);
            rows.absolute(2);
            return List.of(
                last,
                rows.getLong(1),
                rows.relative(3),
                rows.getLong(1),
                rows.previous(),
                rows.getRow());
          }
        });
    check(
        "escapes of JDBC",
        () ->
            Checks.rows(
                connection,
                "SELECT {fn ucase(zone)}, {d '2024-02-29'}, {ts '2024-02-29 12:00:00'}, {fn"
                    + " length('é')} FROM customers WHERE zone LIKE 'N%' {escape '!'} ORDER BY"
                    + " customer_id LIMIT 1"));
  }

  private static List<Object> readTheOtherWays(Connection connection) throws SQLException {
    List<Object> read = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(everyType)) {
      while (row.next()) {
        read.add(row.getLong("customer_id"));
        read.add(row.getString("account_balance"));
        read.add(row.getDouble("account_balance"));
        read.add(row.getBigDecimal("float8").toPlainString());
        read.add(row.getString("float4"));
        read.add(row.getInt("int2"));
        read.add(row.wasNull());
        read.add(row.getBoolean("is_active"));
        read.add(row.getObject("date_of_birth", LocalDate.class));
        read.add(row.getObject("onboarding_date", LocalDateTime.class));
        read.add(row.getObject("timestamptz", OffsetDateTime.class));
        read.add(row.getObject("time", LocalTime.class));
        read.add(row.getTimestamp("onboarding_date"));
        read.add(row.getDate("onboarding_date"));
        read.add(row.getTime("time"));
        read.add(row.getString("texts"));
        read.add(row.getBytes("zone").length);
        read.add(row.getString("nothing"));
      }
    }
    return read.stream().map(value -> value == null ? null : (Object) value.toString()).toList();
  }

  private static Object describe(Connection connection) throws SQLException {
    List<Object> columns = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(everyType)) {
      ResultSetMetaData data = statement.executeQuery().getMetaData();
      for (int column = 1; column <= data.getColumnCount(); column++) {
        columns.add(
            Map.ofEntries(
                entry("name", data.getColumnName(column)),
                entry("label", data.getColumnLabel(column)),
                entry("type", data.getColumnTypeName(column) + " " + data.getColumnType(column)),
                entry("class", data.getColumnClassName(column)),
                entry("precision", data.getPrecision(column)),
                entry("scale", data.getScale(column)),
                entry("size", data.getColumnDisplaySize(column)),
                entry("nullable", data.isNullable(column)),
                entry("counts", data.isAutoIncrement(column)),
                entry("signed", data.isSigned(column)),
                entry("case", data.isCaseSensitive(column)),
                entry("table", data.getTableName(column)),
                entry("schema", data.getSchemaName(column)),
                entry("readOnly", data.isReadOnly(column))));
      }
    }
    return columns;
  }

  private void errors(Connection connection) {
    check(
        "an unknown column",
        () -> Checks.failure(() -> Checks.rows(connection, "SELECT zonee FROM customers")));
    check(
        "an unknown table",
        () -> Checks.failure(() -> Checks.rows(connection, "SELECT * FROM customer")));
    check(
        "a syntax error",
        () -> Checks.failure(() -> Checks.rows(connection, "SELECT zone FRM customers")));
    check(
        "a value that is not of its type",
        () ->
            Checks.failure(
                    () -> {
                      try (PreparedStatement statement =
                          connection.prepareStatement(
                              "SELECT count(*) FROM customers WHERE customer_id ="
                                  + " ?::text::bigint")) {
                        statement.setString(1, "many");
                        Checks.rows(statement.executeQuery());
                      }
                    })
                .get("code"));
    check(
        "a write is refused",
        () -> {
          try (Statement statement = connection.createStatement()) {
            var error = Checks.failure(() -> statement.executeUpdate("DELETE FROM customers"));
            String code = Checks.either("25006", "42501");
            Checks.require(code.equals(error.get("code")), error.toString());
          }
          return null;
        });
    check(
        "after an error the connection goes on",
        () -> {
          Checks.failure(() -> Checks.rows(connection, "SELECT 1/0"));
          return Checks.rows(connection, "SELECT 1 AS one");
        });
  }

  private void transactions(Connection connection) {
    check(
        "a transaction fails as a whole",
        () -> {
          connection.setAutoCommit(false);
          try {
            Checks.failure(() -> Checks.rows(connection, "SELECT nothing FROM customers"));
            var refused = Checks.failure(() -> Checks.rows(connection, "SELECT 1"));
            connection.rollback();
            return List.of(refused, Checks.rows(connection, "SELECT 1"));
          } finally {
            connection.rollback();
            connection.setAutoCommit(true);
          }
        });
    check(
        "a savepoint is taken back alone",
        () -> {
          connection.setAutoCommit(false);
          try {
            var savepoint = connection.setSavepoint("before");
            Checks.failure(() -> Checks.rows(connection, "SELECT nothing FROM customers"));
            connection.rollback(savepoint);
            connection.releaseSavepoint(savepoint);
            return Checks.rows(connection, "SELECT count(*) FROM customers");
          } finally {
            connection.rollback();
            connection.setAutoCommit(true);
          }
        });
    for (String when : new String[] {"always", "conservative"}) {
      check(
          "autosave=" + when,
          () -> {
            try (Connection saving = connect("autosave=" + when)) {
              saving.setAutoCommit(false);
              List<Object> all = new ArrayList<>();
              for (int time = 0; time < executionsUntilPrepared + 2; time++) {
                all.add(Checks.rows(saving, "SELECT count(*) FROM customers"));
                all.add(
                    Checks.failure(() -> Checks.rows(saving, "SELECT nothing FROM customers"))
                        .get("code"));
                if (when.equals("conservative")) saving.rollback();
              }
              saving.commit();
              return all;
            }
          });
    }
    check(
        "isolation and read only",
        () -> {
          try (Connection own = connect()) {
            own.setReadOnly(true);
            own.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            own.setAutoCommit(false);
            List<Object> all = new ArrayList<>(Checks.rows(own, "SELECT count(*) FROM customers"));
            all.add(Checks.rows(own, "SHOW transaction_isolation"));
            all.add(Checks.rows(own, "SHOW transaction_read_only"));
            all.add(own.getTransactionIsolation());
            own.commit();
            return all;
          }
        });
  }
}
