import static java.sql.DatabaseMetaData.bestRowSession;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.RowIdLifetime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * DatabaseMetaData in full, in both query modes: what every Java tool reads before it reads a row.
 */
final class MetaDataChecks {
  /** These name the server, not what is in it. */
  private static final Set<String> ofTheServer =
      Set.of("getURL", "getDatabaseProductVersion", "getDatabaseMinorVersion");

  private MetaDataChecks() {}

  static void run() throws Exception {
    for (String mode : new String[] {"simple", "extended"}) {
      try (Connection connection = Checks.connect("preferQueryMode=" + mode)) {
        run("metadata, " + mode + ": ", connection.getMetaData());
      }
    }
  }

  private static void run(String prefix, DatabaseMetaData data) {
    Checks.check(prefix + "every property", () -> properties(data));
    tables(prefix, data);
    keys(prefix, data);
    check(prefix, "schemas", data::getSchemas);
    check(prefix, "schemas by pattern", () -> data.getSchemas(null, "p%"));
    check(prefix, "catalogs", data::getCatalogs);
    check(prefix, "types", data::getTypeInfo);
    check(prefix, "user defined types", () -> data.getUDTs(null, null, "%", null));
    check(prefix, "user defined types of the lens", () -> data.getUDTs(null, "public", "%", null));
    check(prefix, "functions", () -> data.getFunctions(null, "pg_catalog", "date%"));
    check(
        prefix,
        "parameters of functions",
        () -> data.getFunctionColumns(null, "pg_catalog", "date%", "%"));
    check(prefix, "procedures", () -> data.getProcedures(null, null, "%"));
    check(
        prefix,
        "parameters of procedures",
        () -> data.getProcedureColumns(null, null, "date_part", "%"));
    check(prefix, "client info", data::getClientInfoProperties);
  }

  private static void tables(String prefix, DatabaseMetaData data) {
    check(prefix, "tables", () -> data.getTables(null, "public", "%", new String[] {"TABLE"}));
    check(
        prefix,
        "tables and views",
        () -> data.getTables(null, null, "c%", new String[] {"TABLE", "VIEW"}));
    check(prefix, "system tables", () -> data.getTables(null, "pg_catalog", "pg_t%", null));
    check(prefix, "tables of no schema", () -> data.getTables(null, "nowhere", "%", null));
    check(prefix, "table types", data::getTableTypes);
    check(prefix, "columns", () -> data.getColumns(null, "public", "%", "%"));
    check(prefix, "columns by pattern", () -> data.getColumns(null, "public", "cust%", "c%y"));
    check(
        prefix,
        "columns of a system table",
        () -> data.getColumns(null, "pg_catalog", "pg_class", "%"));
    check(
        prefix,
        "columns of information_schema",
        () -> data.getColumns(null, "information_schema", "tables", "%"));
    check(
        prefix,
        "column privileges",
        () -> data.getColumnPrivileges(null, "public", "customers", "zone"));
    check(prefix, "version columns", () -> data.getVersionColumns(null, "public", "customers"));
    check(
        prefix,
        "best row identifier",
        () -> data.getBestRowIdentifier(null, "public", "customers", bestRowSession, true));
    check(
        prefix,
        "indexes",
        () -> data.getIndexInfo(null, "public", "customers", false, false),
        "CARDINALITY",
        "PAGES");
    check(
        prefix,
        "unique indexes",
        () -> data.getIndexInfo(null, "public", "transactions", true, true),
        "CARDINALITY",
        "PAGES");
  }

  private static void keys(String prefix, DatabaseMetaData data) {
    check(
        prefix, "primary key of customers", () -> data.getPrimaryKeys(null, "public", "customers"));
    check(
        prefix,
        "primary key of transactions",
        () -> data.getPrimaryKeys(null, null, "transactions"));
    check(
        prefix,
        "primary key of a view",
        () -> data.getPrimaryKeys(null, "public", "customer_activity"));
    check(prefix, "imported keys", () -> data.getImportedKeys(null, "public", "transactions"));
    check(prefix, "exported keys", () -> data.getExportedKeys(null, "public", "customers"));
    check(
        prefix,
        "keys between two tables",
        () -> data.getCrossReference(null, "public", "customers", null, "public", "transactions"));
  }

  private interface Question {
    ResultSet ask() throws Exception;
  }

  /** Column names and all rows, without the columns that a server of its own fills. */
  private static void check(String prefix, String name, Question question, String... without) {
    Checks.check(
        prefix + name,
        () -> {
          ResultSet results = question.ask();
          var described = results.getMetaData();
          var names = new java.util.ArrayList<String>();
          for (int column = 1; column <= described.getColumnCount(); column++)
            names.add(described.getColumnName(column));
          var rows = new java.util.ArrayList<Map<String, Object>>();
          while (results.next()) {
            Map<String, Object> row = new TreeMap<>();
            for (int column = 1; column <= names.size(); column++) {
              if (Arrays.asList(without).contains(names.get(column - 1).toUpperCase())) continue;
              row.put(names.get(column - 1), Json.value(results.getObject(column)));
            }
            rows.add(row);
          }
          results.close();
          return Map.of("columns", names, "rows", rows);
        });
  }

  /** The answer of every method without parameters that gives a number, a text or a truth. */
  private static Map<String, Object> properties(DatabaseMetaData data) throws Exception {
    Map<String, Object> answers = new TreeMap<>();
    Method[] methods = DatabaseMetaData.class.getMethods();
    Arrays.sort(methods, Comparator.comparing(Method::getName));
    for (Method method : methods) {
      Class<?> type = method.getReturnType();
      boolean isPlain = type.isPrimitive() || type == String.class || type == RowIdLifetime.class;
      if (method.getParameterCount() > 0 || !isPlain || ofTheServer.contains(method.getName()))
        continue;
      try {
        answers.put(method.getName(), String.valueOf(method.invoke(data)));
      } catch (InvocationTargetException problem) {
        answers.put(method.getName(), problem.getCause().getClass().getName());
      }
    }
    return answers;
  }
}
