/** Where the owner is. Kept in the address after `#`, so that going back works. */
import { createStore, type StoreApi } from 'zustand/vanilla';

export type Route =
  | { readonly screen: 'live' | 'messages' | 'health' | 'settings' | 'welcome' }
  | { readonly screen: 'events'; readonly entry: number | null }
  | { readonly screen: 'connect'; readonly account: string | null };

export type Router = { readonly state: StoreApi<Route>; go(route: Route): void; close(): void };

export function parseRoute(hash: string): Route {
  const [screen, detail] = hash.replace(/^#\/?/, '').split('/');
  switch (screen) {
    case 'messages':
    case 'health':
    case 'settings':
    case 'welcome':
      return { screen };
    case 'events':
      return { screen, entry: Number.parseInt(detail ?? '', 10) || null };
    case 'connect':
      return { screen, account: detail || null };
    default:
      return { screen: 'live' };
  }
}

export function routeHash(route: Route): string {
  if (route.screen === 'events' && route.entry !== null) return `#/events/${route.entry}`;
  if (route.screen === 'connect' && route.account !== null) return `#/connect/${route.account}`;
  return `#/${route.screen}`;
}

export function createRouter(place: Window): Router {
  const state = createStore<Route>(() => parseRoute(place.location.hash));
  const follow = () => state.setState(parseRoute(place.location.hash), true);
  place.addEventListener('hashchange', follow);
  return {
    state,
    go(route) {
      state.setState(route, true);
      if (place.location.hash !== routeHash(route)) place.location.hash = routeHash(route);
    },
    close: () => place.removeEventListener('hashchange', follow),
  };
}
