import type { ProduceReceipt } from '../../../application/event-pipelines/produce-events.command.js';

/** Failures that are written out; JSON has more. */
const MAX_LINES = 10;
const SECOND_MS = 1000;

/** What a run did, for people. */
export function produceText(receipt: ProduceReceipt): string[] {
  const { domain, sent, errors, rejected, retries, elapsed_ms, seed, faults, told } = receipt;
  const rate = Math.round((sent / Math.max(1, elapsed_ms)) * SECOND_MS);
  const onPurpose = Object.entries(faults).filter(([, count]) => count > 0);
  return [
    `${sent} events of ${domain} were acknowledged, ${errors} given up, ${rejected} refused; ${rate} a second.`,
    ...(retries > 0 ? [`${retries} were tried again.`] : []),
    ...(onPurpose.length > 0
      ? [`On purpose: ${onPurpose.map(([fault, count]) => `${count} ${fault}`).join(', ')}.`]
      : []),
    ...(seed === undefined ? [] : [`--seed ${seed} makes them again.`]),
    ...told.slice(0, MAX_LINES).map((each) => lineOf(each)),
  ];
}

function lineOf(each: ProduceReceipt['told'][number]): string {
  if ('code' in each) return `  event ${each.index}: ${each.code}`;
  return `  line ${each.line}: ${each.faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`;
}
