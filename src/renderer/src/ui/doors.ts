/** The ways in and what each of them exposes, said plainly. */
export const DOOR_OPTIONS = [
  {
    value: 'localtunnel',
    label: 'localtunnel',
    help: 'Free, nothing to set up. The people who run the tunnel server can see every receipt with its numbers, and the stretch from their server to here is not encrypted. It drops now and then; Tickline opens it again and asks for what was missed.',
  },
  {
    value: 'own-url',
    label: 'My own address',
    help: 'You have an https address that leads to this computer, such as a reverse proxy. Nobody else sees the receipts.',
  },
  {
    value: 'none',
    label: 'None, only ask',
    help: 'Nothing on this computer can be reached from outside. Receipts come later, by asking the provider, and only for messages sent through its API.',
  },
] as const;
