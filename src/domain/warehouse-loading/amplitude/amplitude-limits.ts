/** How hours are asked for. */
export abstract class AmplitudeLimits {
  /** Hours in one request at most, before anything is halved. */
  abstract readonly windowHours: number;
}
