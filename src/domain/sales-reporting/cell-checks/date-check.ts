import { type CellCheck, type CellFault, FITS, skipSpaces, trimSpaces } from './cell-check.js';
import { type DateFormat, dateNumber, isoDateText } from './date-format.js';

export interface DateBounds {
  readonly format: DateFormat;
  /** As numbers, `20250131`; both belong to what is allowed. */
  readonly min?: number;
  readonly max?: number;
}

/** A day of the calendar in the given shape. */
export function dateCheck({ format, min = 0, max = 99_991_231 }: DateBounds): CellCheck {
  const noDate: CellFault = { rule: 'type', message: `is not a date of the form ${format.name}` };
  const tooEarly: CellFault = { rule: 'min', message: `is before ${isoDateText(min)}` };
  const tooLate: CellFault = { rule: 'max', message: `is after ${isoDateText(max)}` };
  return (bytes, start, stop) => {
    const from = skipSpaces(bytes, start, stop);
    const day = dateNumber(format, bytes, from, trimSpaces(bytes, from, stop));
    if (day < 0) return noDate;
    return day < min ? tooEarly : day > max ? tooLate : FITS;
  };
}
