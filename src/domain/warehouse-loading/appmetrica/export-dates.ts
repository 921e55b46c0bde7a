const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** `yyyy-mm-dd hh:mm:ss` of a day, which gets `time`, or of a moment; undefined where the calendar has none such. */
export function dayOrMoment(text: string, time: string): string | undefined {
  const [day = '', own, ...more] = text.split(/[ T]/);
  if (more.length > 0 || !isDay(day) || (own !== undefined && !TIME.test(own))) return undefined;
  return `${day} ${own ?? time}`;
}

function isDay(text: string): boolean {
  const [, year = '', month = '', day = ''] = DAY.exec(text) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return year !== '' && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
