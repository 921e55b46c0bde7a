import type { HealthProbe, HealthProbes } from '../../domain/ports/health-probe.port.js';

export class RegisteredHealthProbes implements HealthProbes {
  private readonly probes = new Map<string, HealthProbe>();

  register(probe: HealthProbe): void {
    this.probes.set(probe.name, probe);
  }

  remove(name: string): void {
    this.probes.delete(name);
  }

  list(): readonly HealthProbe[] {
    return [...this.probes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
