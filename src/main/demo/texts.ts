/** What the shop and its customers write, and why sending fails. */
import type { Random } from './random.ts';

const WORDS = [
  'Your order is ready. See you at the counter.',
  'Hello {name}, your sourdough comes out of the oven at {hour}.',
  'Thank you for your order, {name}. We start baking at five tomorrow.',
  'Your birthday cake can be collected from {hour}.',
  'We have put two cinnamon buns aside for you until {hour}.',
  'Good morning {name}, the rye you asked for is back.',
  'Your invoice for last week is attached.',
  'Our driver is on the way and should be with you by {hour}.',
];
const GROUP_WORDS = [
  'Fresh batch at {hour}, first come first served.',
  'We are closed on Monday for the oven service.',
  'Who needs bread for the weekend?',
];
const REPLIES = ['Thanks', 'Great, see you then', 'Can I come a bit later?', 'Perfect', 'Could you add two croissants?'];

export function inventText(random: Random, name: string | undefined): string {
  const words = random.pick(name === undefined ? GROUP_WORDS : WORDS);
  return words.replace('{name}', (name ?? '').split(' ')[0] ?? '').replace('{hour}', `${random.int(7, 18)}:${random.pick(['00', '15', '30', '45'])}`);
}

export function inventReply(random: Random): string {
  return random.pick(REPLIES);
}

/** Said before the message left: WhatsApp gave it no id. */
export function refusalReason(random: Random, phone: string): string {
  return random.chance(0.6)
    ? `The number ${phone} is not registered on WhatsApp.`
    : `Session sending limit reached, message to ${phone} was not sent.`;
}
