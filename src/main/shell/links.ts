/** Hosts whose `https` pages the app may open in the owner's browser; their subdomains too where marked. */
const HOSTS: readonly { readonly host: string; readonly subdomains: boolean }[] = [
  { host: 'wasenderapi.com', subdomains: true },
  { host: 'github.com', subdomains: false },
  { host: 'theboroer.github.io', subdomains: false },
  { host: 'localtunnel.me', subdomains: false },
  { host: 'faq.whatsapp.com', subdomains: false },
];

/** Printable ASCII without the characters that address parsers disagree about: no blanks, controls or backslashes. */
const PLAIN = /^[!-[\]-~]{1,2000}$/;

/**
 * Whether a link from the page may leave the app. Everything but plain `https` on a known host is
 * refused: other schemes start programs, and a name or a port before the host is a disguise.
 */
export function isAllowedLink(link: string): boolean {
  if (!PLAIN.test(link) || !/^https:\/\/[^/]/i.test(link)) return false;
  const url = URL.parse ? URL.parse(link) : parse(link);
  if (url === null || url.protocol !== 'https:') return false;
  if (url.username !== '' || url.password !== '' || url.port !== '') return false;
  return HOSTS.some(({ host, subdomains }) => url.hostname === host || (subdomains && url.hostname.endsWith(`.${host}`)));
}

function parse(link: string): URL | null {
  try {
    return new URL(link);
  } catch {
    return null;
  }
}
