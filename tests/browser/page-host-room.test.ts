/** What a host does with the whole room in the page, and what the others and those who come are told of it. */
import { test } from 'vitest';
import { useRoomPages } from '../support/room-pages.ts';

const pages = useRoomPages();
const { join } = pages;

test('a host locks the room and opens it again, and all are told', async () => {
  const [host, bob] = [await join('locked', 'Ann', 'host'), await join('locked', 'Bob', 'guest')];
  const more = async (item: string) => {
    await host.getByRole('button', { name: 'More' }).click();
    await host.getByRole('menuitem', { name: item, exact: true }).click();
  };
  await more('Lock the room');
  await bob.getByText('The room is locked: nobody else can come in.').waitFor();
  const late = await pages.open('?room=locked&name=Cem&user_type=guest&join=1');
  await late.getByText('The room is locked. Ask its host to open it, and try again.').waitFor();
  await more('Unlock the room');
  await bob.getByText('The room is open again.').waitFor();
  await join('locked', 'Dora', 'guest');
});

test('a host lowers all hands at once', async () => {
  const people = [await join('hands', 'Bob', 'guest'), await join('hands', 'Cem', 'guest')];
  const host = await join('hands', 'Ann', 'host');
  for (const page of people) await page.keyboard.press('h');
  const hands = (pressed: boolean) =>
    Promise.all(people.map((page) => page.getByRole('button', { name: 'Raise hand', pressed }).waitFor()));
  await hands(true);
  await host.getByRole('button', { name: 'More' }).click();
  await host.getByRole('menuitem', { name: 'Lower all hands' }).click();
  for (const page of people) await page.getByText('The host lowered your hand.').waitFor();
  await hands(false);
});
