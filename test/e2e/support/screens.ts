import type { Locator, Page } from '@playwright/test';

/** The parts of the window, by what a person calls them. */
export function screens(page: Page) {
  const nav = page.getByRole('navigation', { name: 'Screens' });
  return {
    goTo: (screen: 'Live' | 'Messages' | 'Events' | 'Health' | 'Settings') => nav.getByRole('link', { name: screen }).click(),
    rows: page.getByTestId('message-row'),
    rowOf: (recipient: string): Locator => page.getByTestId('message-row').filter({ hasText: recipient }),
    withStatus: (...statuses: string[]): Locator =>
      page.locator(statuses.map((status) => `[data-testid="message-row"][data-status="${status}"]`).join(', ')),
    steps: page.getByTestId('timeline-step'),
    exportSheet: page.getByRole('dialog', { name: 'Export messages' }),
  };
}
