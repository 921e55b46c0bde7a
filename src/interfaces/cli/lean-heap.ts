import { setFlagsFromString } from 'node:v8';

/**
 * For commands that stream: their garbage is little and short-lived, and a young generation that grows to its 48 MB would
 * be most of what they take.
 */
export function keepHeapLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
