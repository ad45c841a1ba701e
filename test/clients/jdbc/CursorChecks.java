import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Results that are fetched in pieces. */
final class CursorChecks {
  private static final String everyId =
      "SELECT transaction_id, amount FROM transactions ORDER BY transaction_id";

  private CursorChecks() {}

  static void run() throws Exception {
    for (int size : new int[] {1, 7, 100, 1000}) {
      Checks.check(
          "fetch size " + size + " brings every row once",
          () -> {
            try (Connection connection = Checks.connect();
                Statement statement = connection.createStatement()) {
              connection.setAutoCommit(false);
              statement.setFetchSize(size);
              String sql = everyId + " LIMIT " + (size == 1 ? 20 : 1050);
              List<Object> rows = Checks.rows(statement.executeQuery(sql));
              statement.setFetchSize(0);
              Checks.require(
                  rows.equals(Checks.rows(statement.executeQuery(sql))),
                  "differs from the whole result");
              return rows;
            }
          });
    }
    Checks.check(
        "two results are read by turns",
        () -> {
          try (Connection connection = Checks.connect()) {
            connection.setAutoCommit(false);
            try (Statement one = connection.createStatement();
                Statement other = connection.createStatement()) {
              one.setFetchSize(10);
              other.setFetchSize(15);
              ResultSet ids = one.executeQuery(everyId);
              ResultSet zones =
                  other.executeQuery("SELECT zone FROM customers ORDER BY customer_id");
              List<Object> read = new ArrayList<>();
              for (int row = 0; row < 40 && ids.next() && zones.next(); row++)
                read.add(ids.getLong(1) + zones.getString(1));
              ids.close();
              read.add(zones.next());
              return read;
            }
          }
        });
    Checks.check(
        "a result left in the middle",
        () -> {
          try (Connection connection = Checks.connect();
              Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.setFetchSize(10);
            ResultSet rows = statement.executeQuery(everyId);
            for (int row = 0; row < 25; row++) rows.next();
            connection.rollback();
            return Checks.failure(
                    () -> {
                      while (rows.next()) continue;
                    })
                .get("code");
          }
        });
    Checks.check(
        "fetch size with a maximum of rows",
        () -> {
          try (Connection connection = Checks.connect();
              Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.setFetchSize(10);
            statement.setMaxRows(33);
            return Checks.rows(statement.executeQuery(everyId));
          }
        });
    Checks.check(
        "a result that outlives its transaction",
        () -> {
          try (Connection connection = Checks.connect()) {
            connection.setAutoCommit(false);
            connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
            try (Statement statement = connection.createStatement()) {
              statement.setFetchSize(10);
              ResultSet rows = statement.executeQuery(everyId + " LIMIT 35");
              rows.next();
              connection.commit();
              return Checks.rows(rows);
            }
          }
        });
    Checks.check(
        "a cursor of SQL",
        () -> {
          try (Connection connection = Checks.connect()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
              statement.execute("DECLARE few CURSOR FOR " + everyId);
              List<Object> read = new ArrayList<>();
              for (int time = 0; time < 3; time++)
                read.add(Checks.rows(connection, "FETCH FORWARD 4 FROM few"));
              read.add(statement.executeUpdate("MOVE 10 FROM few"));
              read.add(Checks.rows(connection, "FETCH few"));
              statement.execute("CLOSE few");
              connection.commit();
              return read;
            }
          }
        });
    if (!Checks.isOldDriver) adaptive();
  }

  private static void adaptive() {
    Checks.check(
        "a fetch size that the driver adapts",
        () -> {
          try (Connection connection =
              Checks.connect(
                  "adaptiveFetch=true", "defaultRowFetchSize=10", "maxResultBuffer=1M")) {
            connection.setAutoCommit(false);
            return Checks.rows(connection, everyId + " LIMIT 900");
          }
        });
  }
}
