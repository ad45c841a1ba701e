import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.postgresql.util.PSQLException;

/**
 * Runs the checks of pgjdbc and prints one line of JSON for each; see
 * test/support/client-checks.ts.
 */
final class Checks {
  /** What a check does; what it returns has to be the same from the lens and from PostgreSQL. */
  interface Body {
    Object run() throws Exception;
  }

  /** A step that is expected to fail. */
  interface Step {
    void run() throws Exception;
  }

  private Checks() {}

  static final boolean isLens = "lens".equals(System.getenv("CHECK_SERVER"));
  static final boolean isOldDriver = org.postgresql.util.DriverInfo.MINOR_VERSION < 7;

  public static void main(String[] arguments) throws Exception {
    MetaDataChecks.run();
    for (String mode :
        List.of("simple", "extended", "extendedForPrepared", "extendedCacheEverything")) {
      StatementChecks.run(mode);
    }
    CursorChecks.run();
    CopyChecks.run();
    SessionChecks.run();
  }

  static void check(String name, Body body) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("name", name);
    try {
      Object answer = body.run();
      line.put("ok", true);
      line.put("answer", answer);
    } catch (Throwable problem) {
      line.put("ok", false);
      line.put("detail", describe(problem));
    }
    System.out.println(Json.write(line));
  }

  private static String describe(Throwable problem) {
    StringBuilder text = new StringBuilder(problem.toString());
    for (StackTraceElement element : problem.getStackTrace()) {
      if (element.getClassName().contains("Checks")) text.append("\n  at ").append(element);
    }
    return text.toString();
  }

  static void require(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  /**
   * The statement for the server at hand: a measure has no counterpart in PostgreSQL but the
   * aggregate it stands for.
   */
  static String either(String lens, String postgres) {
    return isLens ? lens : postgres;
  }

  /** Connects as the checks' user; each option is a property of the driver. */
  static Connection connect(String... options) throws SQLException {
    return connectTo(System.getenv("CHECK_HOST"), options);
  }

  static Connection connectTo(String host, String... options) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", System.getenv("CHECK_USER"));
    properties.setProperty("password", System.getenv("CHECK_PASSWORD"));
    for (String option : options) {
      int at = option.indexOf('=');
      properties.setProperty(option.substring(0, at), option.substring(at + 1));
    }
    String port = System.getenv("CHECK_PORT");
    String url = "jdbc:postgresql://" + host + ":" + port + "/" + System.getenv("CHECK_DATABASE");
    return DriverManager.getConnection(url, properties);
  }

  /** Every field of the error that the server sent for a step. */
  static Map<String, Object> failure(Step step) throws Exception {
    try {
      step.run();
    } catch (PSQLException error) {
      Map<String, Object> fields = new TreeMap<>();
      fields.put("code", error.getSQLState());
      var message = error.getServerErrorMessage();
      if (message == null) return fields;
      fields.put("severity", message.getSeverity());
      fields.put("message", message.getMessage());
      fields.put("detail", message.getDetail());
      fields.put("hint", message.getHint());
      fields.put("position", message.getPosition());
      return fields;
    }
    throw new AssertionError("nothing failed");
  }

  /** All rows, each value with its class, so that a value of another type is another answer. */
  static List<Object> rows(java.sql.ResultSet results) throws SQLException {
    List<Object> all = new ArrayList<>();
    int width = results.getMetaData().getColumnCount();
    while (results.next()) {
      List<Object> row = new ArrayList<>();
      for (int column = 1; column <= width; column++)
        row.add(Json.value(results.getObject(column)));
      all.add(row);
    }
    results.close();
    return all;
  }

  static List<Object> rows(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      return rows(statement.executeQuery(sql));
    }
  }
}
