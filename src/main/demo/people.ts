/**
 * The shop's invented customers. Their numbers come from ranges that the telephone authorities keep free
 * for drama, so none belongs to anybody: North America 555-0100…0199, Ofcom (UK) 07700 900xxx, ARCEP
 * (France) 06 39 98 xx xx, PTS (Sweden) 070-174 06 05…99.
 */
import type { Random } from './random.ts';

export type Person = {
  readonly name: string;
  /** `+` and digits. */
  readonly phone: string;
  /** WhatsApp's address made from the number. */
  readonly jid: string;
  /** WhatsApp's address that hides the number. */
  readonly lid: string;
  /** Whether groups show this person under the LID. */
  readonly hidden: boolean;
};

export type Group = { readonly jid: string; readonly name: string; readonly people: readonly Person[] };

const GIVEN =
  'Amara Nadia Mateus Ingrid Kofi Leila Tomasz Priya Jonas Yuki Fatima Diego Aoife Emre Chiara Samuel Hana Olu Marta Rafael Linh Elif Henrik Zanele Noor Luca Sofia Arjun Mei Youssef Bianca Tariq Ewa Mirela Andile Freya Hugo Ines Kenji Soraya'.split(
    ' ',
  );
const FAMILY =
  'Osei Haddad Ferreira Lindqvist Mensah Karimi Nowak Raman Becker Tanaka Bello Morales Byrne Yilmaz Ricci Adeyemi Novakova Santos Tran Demir Larsen Dube Rahman Conti Petrov Iyer Chen Mansour Popescu Aziz Kowalska Moreau Nkosi Holm Dubois Rivera Sato Amiri Keller Oduya'.split(
    ' ',
  );
const AREAS = ['212', '303', '415', '512', '604', '718', '808', '902'];
const GROUP_NAMES = [
  'Saturday bread club',
  'Sun Bakery wholesale',
  'Market street cafés',
  'Birthday cake team',
  'Early birds',
  'School lunch orders',
];

/** The number of the shop itself. */
export const SHOP_PHONE = '+12125550100';

export function inventPeople(random: Random, count: number): readonly Person[] {
  const phones = new Set<string>([SHOP_PHONE]);
  const people: Person[] = [];
  while (people.length < count) {
    const phone = inventPhone(random);
    if (phones.has(phone)) continue;
    phones.add(phone);
    people.push(personOf(phone, `${random.pick(GIVEN)} ${random.pick(FAMILY)}`, random.chance(0.1)));
  }
  return people;
}

/** Somebody with this number; the LID follows from it. */
export function personOf(phone: string, name: string, hidden: boolean): Person {
  const digits = phone.slice(1);
  let mixed = 7n;
  for (const digit of digits) mixed = (mixed * 31n + BigInt(digit) + 17n) % 100_000_000_000_003n;
  return { name, phone, jid: `${digits}@s.whatsapp.net`, lid: `${100_000_000_000_000n + mixed}@lid`, hidden };
}

/** Groups of 5 to 12. */
export function inventGroups(random: Random, people: readonly Person[]): readonly Group[] {
  return GROUP_NAMES.map((name, index) => {
    const size = random.int(5, Math.min(12, people.length));
    const members = new Set<Person>();
    while (members.size < size) members.add(random.pick(people));
    return { jid: `1203630${String(40_000_000_000 + random.int(0, 999_999) * 100 + index)}@g.us`, name, people: [...members] };
  });
}

/** How a group names this person. */
export function addressInGroup(person: Person): string {
  return person.hidden ? person.lid : person.jid;
}

function inventPhone(random: Random): string {
  const digits = (count: number, below: number) => String(random.int(0, below - 1)).padStart(count, '0');
  switch (random.int(0, 3)) {
    case 0:
      return `+1${random.pick(AREAS)}55501${digits(2, 100)}`;
    case 1:
      return `+447700900${digits(3, 1000)}`;
    case 2:
      return `+3363998${digits(4, 10_000)}`;
    default:
      return `+46701740${String(random.int(605, 699))}`;
  }
}
