/** The frame: what stands beside every screen, which screen is shown, and what lies above them all. */
import { type JSX, lazy, Suspense, useEffect } from 'react';
import { useStore } from 'zustand';
import { ExportSheet } from './frame/ExportSheet.tsx';
import { Navigation } from './frame/Navigation.tsx';
import { Notices } from './frame/Notices.tsx';
import { LiveScreen } from './live/LiveScreen.tsx';
import type { Route } from './state/route.ts';
import { useApp, useStores } from './state/stores.ts';
import { TimelineDrawer } from './timeline/TimelineDrawer.tsx';
import { Brand } from './ui/Icon.tsx';
import { Problem, Waiting } from './ui/Problem.tsx';

// The first view carries only what it shows; the others follow as soon as the window is idle.
const screens = {
  connect: () => import('./connect/ConnectScreen.tsx').then((part) => ({ default: part.ConnectScreen })),
  events: () => import('./events/EventsScreen.tsx').then((part) => ({ default: part.EventsScreen })),
  health: () => import('./health/HealthScreen.tsx').then((part) => ({ default: part.HealthScreen })),
  messages: () => import('./messages/MessagesScreen.tsx').then((part) => ({ default: part.MessagesScreen })),
  settings: () => import('./settings/SettingsScreen.tsx').then((part) => ({ default: part.SettingsScreen })),
  welcome: () => import('./welcome/WelcomeScreen.tsx').then((part) => ({ default: part.WelcomeScreen })),
};
const ConnectScreen = lazy(screens.connect);
const EventsScreen = lazy(screens.events);
const HealthScreen = lazy(screens.health);
const MessagesScreen = lazy(screens.messages);
const SettingsScreen = lazy(screens.settings);
const WelcomeScreen = lazy(screens.welcome);

export function App(): JSX.Element {
  const { router, drawer } = useStores();
  const route = useStore(router.state);
  const open = useStore(drawer.state, (state) => state.open !== null) && route.screen !== 'settings' && route.screen !== 'health';
  const accounts = useApp((state) => state.accounts);
  useAppearance();
  useSearchKey();
  useRestOfScreens();
  const alone = route.screen === 'welcome' || route.screen === 'connect' || accounts?.length === 0;
  if (accounts === null) return <Opening />;
  return (
    <>
      {alone ? (
        <div className="alone">
          <Notices />
          <Suspense fallback={<Waiting rows={4} label="Opening" />}>{route.screen === 'connect' ? <ConnectScreen /> : <WelcomeScreen />}</Suspense>
        </div>
      ) : (
        <div className={open ? 'frame with-drawer' : 'frame'}>
          <Navigation />
          <main className="screen" id="screen" tabIndex={-1}>
            <Notices />
            <Suspense fallback={<Waiting rows={8} label="Opening" />}>
              <Screen route={route} />
            </Suspense>
          </main>
          {open ? <TimelineDrawer /> : null}
        </div>
      )}
      <ExportSheet />
    </>
  );
}

function Screen({ route }: { readonly route: Route }): JSX.Element {
  switch (route.screen) {
    case 'messages':
      return <MessagesScreen />;
    case 'events':
      return <EventsScreen entry={route.entry} />;
    case 'health':
      return <HealthScreen />;
    case 'settings':
      return <SettingsScreen />;
    default:
      return <LiveScreen />;
  }
}

/** Before the first answer: the frame's own outline, or why there is none. */
function Opening(): JSX.Element {
  const { link, app } = useStores();
  const phase = useStore(link.state, (state) => state.phase);
  const error = useApp((state) => state.error);
  return (
    <div className="frame">
      <nav className="nav" aria-label="Screens">
        <Brand />
      </nav>
      <main className="screen opening">
        <h1 className="sr">Tickline</h1>
        {phase === 'refused' ? (
          <Problem
            error={{
              code: 'unauthorized',
              message:
                'This page was opened without its key, so Tickline does not answer it. Open the address that Tickline printed when it started; the part after # is the key.',
              retry: false,
            }}
          />
        ) : error ? (
          <Problem error={error} onRetry={app.refresh} />
        ) : (
          <Waiting rows={8} label="Opening your log" />
        )}
      </main>
    </div>
  );
}

function useAppearance(): void {
  const theme = useApp((state) => state.status?.settings.theme ?? 'system');
  const density = useApp((state) => state.status?.settings.density ?? 'comfortable');
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset.theme;
    else dataset.theme = theme;
    dataset.density = density;
  }, [theme, density]);
}

/** So that going to a screen for the first time does not wait either. */
function useRestOfScreens(): void {
  useEffect(() => {
    const idle = requestIdleCallback(() => {
      for (const load of Object.values(screens)) void load();
    });
    return () => cancelIdleCallback(idle);
  }, []);
}

/** `/` goes to the search field of whatever screen is shown. */
function useSearchKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const search = document.querySelector<HTMLInputElement>('[data-search]');
      if (search === null) return;
      event.preventDefault();
      search.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
