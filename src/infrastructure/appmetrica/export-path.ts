import type { PartRequest } from '../../domain/ports/appmetrica-logs.port.js';

/** Path and query of a part. The vendor tells requests apart by them, so the same part must always have the same. */
export function exportPath({ request, parts, part }: PartRequest): string {
  const { source, format, applicationId, fields, filters = {} } = request;
  const { dateSince, dateUntil, dateDimension, useUtf8Bom, skipUnavailableShards } = request;
  const known: Readonly<Record<string, string | number | boolean | undefined>> = {
    application_id: applicationId,
    date_since: dateSince,
    date_until: dateUntil,
    date_dimension: dateSince === undefined ? undefined : dateDimension,
    fields: fields.join(','),
    use_utf8_bom: useUtf8Bom,
    skip_unavailable_shards: skipUnavailableShards,
    ...(parts > 1 && { parts_count: parts, part_number: part }),
    ...filters,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(known)) if (value !== undefined) query.set(name, String(value));
  return `/logs/v1/export/${source}.${format}?${query.toString()}`;
}
