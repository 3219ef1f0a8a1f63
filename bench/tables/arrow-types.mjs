import * as arrow from "apache-arrow";

/** The types of columns, as apache-arrow has them. */
export const TYPES = {
  int32: () => new arrow.Int32(),
  float64: () => new arrow.Float64(),
  bool: () => new arrow.Bool(),
  utf8: () => new arrow.Utf8(),
  timestamp: () => new arrow.TimestampMillisecond("UTC"),
};
