import java.sql.Array;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;

/** Answers as JSON, on one line. */
final class Json {
  private Json() {}

  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  /** A value of a result as text behind the name of its class. */
  static Object value(Object value) throws SQLException {
    if (value == null) return null;
    if (value instanceof Array)
      return "Array " + Arrays.deepToString((Object[]) ((Array) value).getArray());
    if (value instanceof byte[]) return "byte[] " + Arrays.toString((byte[]) value);
    return value.getClass().getSimpleName() + " " + value;
  }

  private static void write(Object value, StringBuilder out) {
    if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof Map) {
      String separator = "{";
      for (var entry : ((Map<?, ?>) value).entrySet()) {
        out.append(separator);
        text(String.valueOf(entry.getKey()), out);
        out.append(':');
        write(entry.getValue(), out);
        separator = ",";
      }
      out.append(separator.equals("{") ? "{}" : "}");
    } else if (value instanceof Iterable) {
      String separator = "[";
      for (Object item : (Iterable<?>) value) {
        out.append(separator);
        write(item, out);
        separator = ",";
      }
      out.append(separator.equals("[") ? "[]" : "]");
    } else {
      text(value.toString(), out);
    }
  }

  private static void text(String text, StringBuilder out) {
    out.append('"');
    for (char letter : text.toCharArray()) {
      if (letter == '"' || letter == '\\') out.append('\\').append(letter);
      else if (letter < ' ') out.append(String.format("\\u%04x", (int) letter));
      else out.append(letter);
    }
    out.append('"');
  }
}
