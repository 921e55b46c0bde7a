/** How hours are asked for, and where archives go. */
export abstract class AmplitudeLimits {
  /** Hours in one request at most, before anything is halved. */
  abstract readonly windowHours: number;
  /** What the keys of archives in the bucket begin with. */
  abstract readonly objectPrefix: string;
}
