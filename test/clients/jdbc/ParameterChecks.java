import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** Parameters of every type, in one query mode, each statement before and after it is prepared. */
final class ParameterChecks {
  private final String mode;
  private final String prefix;

  ParameterChecks(String mode) {
    this.mode = mode;
    this.prefix = mode + ": ";
  }

  private void check(String name, Checks.Body body) {
    Checks.check(prefix + name, body);
  }

  private interface Setter {
    void set(PreparedStatement statement) throws SQLException;
  }

  /**
   * The statement's rows, each time it is run: as it is, prepared on the server, and with binary
   * parameters.
   */
  private void with(Connection connection, String name, String sql, Setter setter) {
    check(
        name,
        () -> {
          var answers = new LinkedHashSet<>();
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int time = 0; time < StatementChecks.executionsUntilPrepared + 2; time++) {
              setter.set(statement);
              answers.add(Checks.rows(statement.executeQuery()));
            }
          }
          Checks.require(answers.size() == 1, "differs from time to time: " + answers);
          return answers;
        });
  }

  void run(Connection connection) {
    with(
        connection,
        "parameters of every type",
        "SELECT count(*), min(customer_id), max(zone) FROM customers WHERE zone <> ? AND"
            + " account_balance >= ? AND credit_score > ? AND customer_id < ? AND is_active = ? AND"
            + " date_of_birth < ? AND onboarding_date < ? AND account_balance::float8 < ? AND"
            + " onboarding_date > ? AND onboarding_date::time <> ?",
        statement -> {
          statement.setString(1, "North");
          statement.setBigDecimal(2, new BigDecimal("1000.50"));
          statement.setInt(3, 300);
          statement.setLong(4, 1_000_000_000_000L);
          statement.setBoolean(5, true);
          statement.setDate(6, Date.valueOf("2000-01-01"));
          statement.setTimestamp(7, Timestamp.valueOf("2024-06-30 12:34:56.789"));
          statement.setDouble(8, 1e9);
          statement.setObject(9, LocalDateTime.of(1990, 1, 1, 0, 0));
          statement.setTime(10, Time.valueOf("12:00:00"));
        });
    with(
        connection,
        "parameters as objects",
        "SELECT ?::text, ?::int, ?::numeric, ?::date, ?::timestamptz, ?::bool, ?::uuid",
        statement -> {
          statement.setObject(1, "it's \\ a \"text\" with é and 🙂");
          statement.setObject(2, 42);
          statement.setObject(3, new BigDecimal("12345678901234567890.123456789"));
          statement.setObject(4, LocalDate.of(2024, 2, 29));
          statement.setObject(5, OffsetDateTime.parse("2024-02-29T12:00:00.123456+05:30"));
          statement.setObject(6, false);
          statement.setObject(7, java.util.UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"));
        });
    // In the simple mode the driver itself cannot do these.
    if (!mode.equals("simple")) {
      with(
          connection,
          "bytes as a parameter",
          "SELECT ?::bytea, length(?)",
          statement -> {
            statement.setBytes(1, new byte[] {0, 1, -1, 39, 92});
            statement.setBytes(2, new byte[1000]);
          });
      check("what a statement says of its parameters", () -> describeParameters(connection));
    }
    with(
        connection,
        "nulls as parameters",
        "SELECT count(*) FILTER (WHERE zone = ?), count(*) FILTER (WHERE customer_id = ?),"
            + " count(*) FILTER (WHERE onboarding_date < ?), ?::text, ?::int FROM customers",
        statement -> {
          statement.setNull(1, Types.VARCHAR);
          statement.setNull(2, Types.BIGINT);
          statement.setNull(3, Types.TIMESTAMP);
          statement.setNull(4, Types.VARCHAR);
          statement.setNull(5, Types.INTEGER);
        });
    with(
        connection,
        "arrays as parameters",
        "SELECT zone, count(*) FROM customers WHERE zone = ANY(?) AND customer_id <> ALL(?) GROUP"
            + " BY 1 ORDER BY 1",
        statement -> {
          statement.setArray(
              1, connection.createArrayOf("text", new String[] {"West", "East", null, "a,\"b\""}));
          statement.setArray(2, connection.createArrayOf("bigint", new Long[] {1L, 2L, 3L}));
        });
    with(
        connection,
        "a parameter whose type the server finds",
        "SELECT zone, count(*) FROM customers WHERE onboarding_date >= ? GROUP BY zone ORDER BY"
            + " zone",
        statement -> statement.setObject(1, "2023-06-01", Types.OTHER));
    with(
        connection,
        "LIMIT and OFFSET as parameters",
        "SELECT customer_id FROM customers ORDER BY 1 LIMIT ? OFFSET ?",
        statement -> {
          statement.setInt(1, 5);
          statement.setInt(2, 10);
        });
    check(
        "one statement with values of other types each time",
        () -> {
          List<Object> all = new ArrayList<>();
          try (PreparedStatement statement =
              connection.prepareStatement("SELECT count(*) FROM customers WHERE customer_id > ?")) {
            for (int time = 0; time < 3 * StatementChecks.executionsUntilPrepared; time++) {
              if (time % 3 == 0) statement.setInt(1, 5);
              else if (time % 3 == 1) statement.setLong(1, 6);
              else statement.setBigDecimal(1, new BigDecimal("7.5"));
              all.add(Checks.rows(statement.executeQuery()));
            }
          }
          return all;
        });
  }

  private static Object describeParameters(Connection connection) throws SQLException {
    List<Object> described = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT zone FROM customers WHERE zone = ? AND customer_id = ? AND account_balance > ?"
                + " AND onboarding_date < ?")) {
      ParameterMetaData data = statement.getParameterMetaData();
      for (int place = 1; place <= data.getParameterCount(); place++) {
        String type = data.getParameterTypeName(place) + " " + data.getParameterType(place);
        described.add(type + " " + data.getParameterClassName(place));
      }
    }
    return described;
  }
}
