import { Transform } from 'class-transformer';

const DECIMAL = /^-?\d{1,20}(?:\.\d{1,20})?$/u;

/** A number of a query, where all is text. What is no plain decimal stays a text, which the rules behind it refuse. */
export function QueryNumber(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value,
  );
}
