import type { FactoryProvider } from '@nestjs/common';

type Port<T> = abstract new (...args: never[]) => T;
type Class<T> = abstract new (...args: never[]) => T;

/** Binds a port to an adapter. Unlike a bare Nest provider, the compiler checks that the adapter fits the port. */
export function bind<T, const D extends readonly Class<object>[]>(
  port: Port<T>,
  dependencies: D,
  make: (...resolved: { [K in keyof D]: InstanceType<D[K]> }) => T,
): FactoryProvider<T> {
  return {
    provide: port,
    inject: [...dependencies],
    useFactory: make as FactoryProvider<T>['useFactory'],
  };
}
