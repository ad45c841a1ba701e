import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyInputStream;
import org.postgresql.copy.PGCopyOutputStream;

/** COPY by the driver's CopyManager; notifications; temporary tables. */
final class CopyChecks {
  private CopyChecks() {}

  static void run() {
    Checks.check("COPY to the client", CopyChecks::copyOut);
    Checks.check("COPY as a stream", CopyChecks::copyStream);
    Checks.check("COPY that fails, and COPY into a relation", CopyChecks::failures);
    Checks.check("COPY into a temporary table", CopyChecks::copyIn);
    Checks.check("LISTEN, NOTIFY, UNLISTEN", CopyChecks::notifications);
    Checks.check("temporary tables", CopyChecks::temporaryTables);
  }

  private static Object copyOut() throws Exception {
    try (Connection own = Checks.connect()) {
      var manager = own.unwrap(PGConnection.class).getCopyAPI();
      List<Object> answers = new ArrayList<>();
      for (String options : List.of("", " (FORMAT csv, HEADER)", " (FORMAT binary)")) {
        var out = new ByteArrayOutputStream();
        String sql = "COPY (" + StatementChecks.everyType + ") TO STDOUT" + options;
        answers.add(manager.copyOut(sql, out));
        answers.add(out.toString(StandardCharsets.ISO_8859_1));
      }
      var lines = new ByteArrayOutputStream();
      answers.add(manager.copyOut("COPY customers (customer_id, zone) TO STDOUT", lines));
      String[] sorted = lines.toString(StandardCharsets.UTF_8).split("\n");
      Arrays.sort(sorted);
      answers.add(List.of(sorted));
      return answers;
    }
  }

  private static Object copyStream() throws Exception {
    try (Connection own = Checks.connect()) {
      String sql = "COPY (SELECT customer_id, zone FROM customers ORDER BY 1) TO STDOUT";
      List<Object> lines = new ArrayList<>();
      try (var in = new PGCopyInputStream(own.unwrap(PGConnection.class), sql)) {
        for (byte[] line = in.readFromCopy(); line != null; line = in.readFromCopy()) {
          lines.add(new String(line, StandardCharsets.UTF_8));
        }
      }
      return List.of(lines, Checks.rows(own, "SELECT 1"));
    }
  }

  private static Object failures() throws Exception {
    try (Connection own = Checks.connect()) {
      var manager = own.unwrap(PGConnection.class).getCopyAPI();
      var nothing = new ByteArrayInputStream(new byte[0]);
      var into = Checks.failure(() -> manager.copyIn("COPY customers FROM STDIN", nothing));
      Checks.require(
          into.get("code").equals(Checks.either("25006", "42501")), String.valueOf(into));
      var out = new ByteArrayOutputStream();
      return List.of(
          Checks.failure(
              () -> manager.copyOut("COPY (SELECT zonee FROM customers) TO STDOUT", out)),
          Checks.rows(own, "SELECT 1"));
    }
  }

  private static Object copyIn() throws Exception {
    try (Connection own = Checks.connect();
        var statement = own.createStatement()) {
      statement.execute("CREATE TEMP TABLE wanted (zone text, weight numeric(5, 2))");
      var manager = own.unwrap(PGConnection.class).getCopyAPI();
      List<Object> answers = new ArrayList<>();
      var lines = new ByteArrayInputStream("North\t1.5\nä\t\\N\n".getBytes(StandardCharsets.UTF_8));
      answers.add(manager.copyIn("COPY wanted FROM STDIN", lines));
      var csv = new java.io.StringReader("zone,weight\nSouth,2\n\"a,b\",\n");
      answers.add(manager.copyIn("COPY wanted FROM STDIN (FORMAT csv, HEADER)", csv));
      try (var out = new PGCopyOutputStream(own.unwrap(PGConnection.class), "COPY wanted FROM STDIN")) {
        for (int row = 0; row < 5000; row++) out.write(("n" + row + "\t3\n").getBytes());
      }
      var wrong = new ByteArrayInputStream("x\tmuch\n".getBytes());
      answers.add(Checks.failure(() -> manager.copyIn("COPY wanted FROM STDIN", wrong)));
      var given = manager.copyIn("COPY wanted FROM STDIN");
      given.cancelCopy();
      answers.add(
          Checks.rows(
              own,
              "SELECT w.zone, w.weight, count(c.customer_id) FROM wanted w LEFT JOIN customers c"
                  + " ON c.zone = w.zone WHERE w.zone !~ '^n' GROUP BY w.zone, w.weight ORDER BY 1"));
      answers.add(Checks.rows(own, "SELECT count(*) FROM wanted"));
      return answers;
    }
  }

  private static Object notifications() throws Exception {
    try (Connection own = Checks.connect();
        var statement = own.createStatement()) {
      statement.execute("LISTEN changes");
      statement.execute("NOTIFY elsewhere, 'it''s'");
      statement.execute("UNLISTEN *");
      var heard = own.unwrap(PGConnection.class).getNotifications();
      return heard == null ? 0 : heard.length;
    }
  }

  private static Object temporaryTables() throws Exception {
    try (Connection own = Checks.connect();
        var statement = own.createStatement()) {
      statement.execute("CREATE TEMP TABLE wanted (zone text NOT NULL, weight numeric(5, 2))");
      int[] inserted;
      try (var insert = own.prepareStatement("INSERT INTO wanted VALUES (?, ?)")) {
        for (String zone : List.of("North", "South", "x")) {
          insert.setString(1, zone);
          insert.setBigDecimal(2, zone.equals("x") ? null : new java.math.BigDecimal("1.5"));
          insert.addBatch();
        }
        inserted = insert.executeBatch();
      }
      int updated = statement.executeUpdate("UPDATE wanted SET weight = 3 WHERE zone = 'South'");
      Object joined =
          Checks.rows(
              own,
              "SELECT w.zone, w.weight, count(c.customer_id) FROM wanted w LEFT JOIN customers c"
                  + " ON c.zone = w.zone GROUP BY w.zone, w.weight ORDER BY 1");
      Object unknown =
          Checks.failure(() -> statement.execute("INSERT INTO wanted (nothing) VALUES (1)"));
      statement.execute("DROP TABLE wanted");
      return List.of(Arrays.toString(inserted), updated, joined, unknown);
    }
  }
}
