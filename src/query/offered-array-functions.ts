// The array functions of PostgreSQL 18 that clients are offered. Source: pg_proc.dat.
import { offered } from "./offered-signature.ts";

export const arrayFunctions = {
  array_length: offered("array_length", "2176(anyarray, integer)"),
  cardinality: offered("cardinality", "3179(anyarray)"),
  array_position: offered(
    "array_position",
    "3277(anycompatiblearray, anycompatible)",
    "3278(anycompatiblearray, anycompatible, integer)",
  ),
  array_append: offered("array_append", "378(anycompatiblearray, anycompatible)"),
  array_prepend: offered("array_prepend", "379(anycompatible, anycompatiblearray)"),
  array_cat: offered("array_cat", "383(anycompatiblearray, anycompatiblearray)"),
  array_remove: offered("array_remove", "3167(anycompatiblearray, anycompatible)"),
  array_upper: offered("array_upper", "2092(anyarray, integer)"),
  array_lower: offered("array_lower", "2091(anyarray, integer)"),
  array_ndims: offered("array_ndims", "748(anyarray)"),
  array_to_string: offered("array_to_string", "384(anyarray, text, text)", "395(anyarray, text)"),
  string_to_array: offered("string_to_array", "376(text, text, text)", "394(text, text)"),
  array_positions: offered("array_positions", "3279(anycompatiblearray, anycompatible)"),
  array_replace: offered("array_replace", "3168(anycompatiblearray, anycompatible, anycompatible)"),
  array_dims: offered("array_dims", "747(anyarray)"),
  array_reverse: offered("array_reverse", "6381(anyarray)"),
  trim_array: offered("trim_array", "6172(anyarray, integer)"),
  num_nulls: offered("num_nulls", '438("any")'),
  num_nonnulls: offered("num_nonnulls", '440("any")'),
} as const;
