/** Whether the service still takes work. Load balancers must hear of a stop before connections are refused. */
export class ServiceState {
  private stopping = false;

  get isStopping(): boolean {
    return this.stopping;
  }

  beginStop(): void {
    this.stopping = true;
  }
}
