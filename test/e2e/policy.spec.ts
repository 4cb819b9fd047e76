import { screens } from './support/screens.ts';
import { expect, test } from './support/test.ts';

test('the page runs no script but its own, and reaches nobody', async ({ open, complaints }) => {
  const { page } = await open({ demo: true });
  await expect(screens(page).rows.first()).toBeVisible();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const outcome = await page.evaluate(async () => {
    const refused: string[] = [];
    Object.assign(window, { refused });
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
    const inline = document.createElement('script');
    inline.textContent = 'window.injected = true';
    document.body.append(inline);
    const style = document.createElement('style');
    style.textContent = 'body { visibility: hidden }';
    document.body.append(style);
    const frame = document.createElement('iframe');
    frame.src = 'https://evil.example/';
    document.body.append(frame);
    // in a task of its own: what a test runs directly is exempt from the policy
    const evaluated = await new Promise<boolean>((resolve) => {
      setTimeout(() => {
        try {
          resolve(new Function('return true')());
        } catch {
          resolve(false);
        }
      });
    });
    const reached = await fetch('https://evil.example/', { mode: 'no-cors' }).then(
      () => true,
      () => false,
    );
    return { injected: 'injected' in window, evaluated, reached, hidden: getComputedStyle(document.body).visibility };
  });
  expect(outcome).toMatchObject({ injected: false, evaluated: false, reached: false, hidden: 'visible' });
  // each refusal is told in its own time, a frame's by another process
  const refused = () => page.evaluate(() => (window as unknown as { refused: string[] }).refused);
  await expect.poll(refused).toEqual(expect.arrayContaining(['script-src-elem', 'style-src-elem', 'frame-src', 'connect-src']));
  expect(asked.filter((url) => url.includes('evil.example'))).toEqual([]);
  await expect.poll(() => complaints.length).toBeGreaterThanOrEqual(5);
  // those were asked for
  complaints.length = 0;
});
