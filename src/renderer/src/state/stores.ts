/** All stores of one window, made once from its api. */
import { createContext, useContext, useEffect } from 'react';
import { type StoreApi, useStore } from 'zustand';
import type { Api } from '../api.ts';
import { type App, createApp } from './app.ts';
import { type Backups, createBackups } from './backups.ts';
import { createClock } from './clock.ts';
import { type Connect, createConnect } from './connect.ts';
import { createExports, type Exports } from './exports.ts';
import { createFreshness, type Freshness } from './freshness.ts';
import { createHealth, type Health } from './health.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createAnimationFrame, createLink, type Link } from './link.ts';
import { createMessages, type Messages } from './messages.ts';
import { createPrivacy, type Privacy } from './privacy.ts';
import { createRouter, type Router } from './route.ts';
import { createDrawer, type Drawer } from './timeline.ts';

export type Stores = {
  readonly api: Api;
  readonly link: Link;
  readonly app: App;
  readonly live: Messages;
  readonly messages: Messages;
  readonly inbox: Inbox;
  readonly health: Health;
  readonly freshness: Freshness;
  readonly backups: Backups;
  readonly privacy: Privacy;
  readonly drawer: Drawer;
  readonly exports: Exports;
  readonly connect: Connect;
  readonly router: Router;
  readonly clock: StoreApi<{ readonly now: number }>;
};

export function createStores(api: Api): Stores {
  const link = createLink(api, createAnimationFrame());
  const app = createApp(api, link, () => Date.now());
  return {
    api,
    link,
    app,
    live: createMessages(api, link, { pageSize: 60, most: 300 }),
    messages: createMessages(api, link, { pageSize: 200, most: 20_000 }),
    inbox: createInbox(api, link),
    health: createHealth(api, link),
    freshness: createFreshness(api, link),
    backups: createBackups(api, link, app),
    privacy: createPrivacy(api, link, app),
    drawer: createDrawer(api, link),
    exports: createExports(api, link),
    connect: createConnect(api, app),
    router: createRouter(window),
    clock: createClock(),
  };
}

export const StoresContext = createContext<Stores | null>(null);

export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (stores === null) throw new Error('no stores above this component');
  return stores;
}

export function useApp<T>(select: (state: ReturnType<App['state']['getState']>) => T): T {
  return useStore(useStores().app.state, select);
}

/** Keeps a list true while the screen that shows it is there. */
export function useAwake(list: { wake(): void; sleep(): void }): void {
  useEffect(() => {
    list.wake();
    return () => list.sleep();
  }, [list]);
}

/** The present in steps of `step` ms. */
export function useNow(step = 1000): number {
  return useStore(useStores().clock, ({ now }) => Math.floor(now / step) * step);
}
