/** The room page by keyboard: its menu, and where the focus is when a dialog, a panel or the menu has closed. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { useRoomPages } from '../support/room-pages.ts';

const { join } = useRoomPages();

const more = (page: Page) => page.getByRole('button', { name: 'More' });
const item = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true });
const hasFocus = (locator: Locator) => locator.evaluate((element) => element === document.activeElement);
const isFocused = (locator: Locator) => expect.poll(() => hasFocus(locator)).toBe(true);

describe('the menu', () => {
  test('is opened by Enter, Space and the arrows, on its first or its last item', async () => {
    const page = await join('menu-open', 'Ann');
    for (const [key, name] of [
      ['Enter', 'Devices'],
      ['Space', 'Devices'],
      ['ArrowDown', 'Devices'],
      ['ArrowUp', 'End the call for all'],
    ] as const) {
      await more(page).focus();
      expect(await more(page).getAttribute('aria-expanded')).toBe('false');
      await page.keyboard.press(key);
      expect(await hasFocus(item(page, name))).toBe(true);
      await expect.poll(() => more(page).getAttribute('aria-expanded')).toBe('true');
      await page.keyboard.press('Escape');
      expect(await hasFocus(more(page))).toBe(true);
      await page.getByRole('menu').waitFor({ state: 'detached' });
    }
  });

  test('is opened and closed by clicks on its button, and closed by Tab', async () => {
    const page = await join('menu-click', 'Ann');
    await more(page).click();
    await isFocused(item(page, 'Devices'));
    await more(page).click();
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await more(page).click();
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await hasFocus(page.getByRole('button', { name: 'Leave' }))).toBe(true);
  });

  test('has arrows, Home, End and the first letters, and does not do what these keys do in the page', async () => {
    const page = await join('menu-keys', 'Ann');
    await more(page).focus();
    await page.keyboard.press('ArrowDown');
    for (const [key, name] of [
      ['ArrowDown', 'Copy the invite link'],
      ['ArrowUp', 'Devices'],
      ['ArrowUp', 'End the call for all'],
      ['ArrowDown', 'Devices'],
      ['End', 'End the call for all'],
      ['Home', 'Devices'],
      ['k', 'Keyboard shortcuts'],
      ['l', 'Lock the room'],
      ['L', 'Let people wait to come in'],
      ['l', 'Lower all hands'],
      ['l', 'Lock the room'],
      ['m', 'Lock the room'],
    ] as const) {
      await page.keyboard.press(key);
      expect([key, await hasFocus(item(page, name))]).toEqual([key, true]);
    }
    const mic = page.getByRole('button', { name: 'Microphone' });
    expect(await mic.getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await hasFocus(more(page))).toBe(true);
  });

  test('stays open for the second click on what cannot be undone, and forgets the first when the focus goes on', async () => {
    const page = await join('menu-sure', 'Ann');
    await more(page).focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await item(page, 'Click once more to end it').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    expect(await hasFocus(item(page, 'End the call for all'))).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForSelector('html[data-state=left]');
  });
});

describe('a key right after Escape', () => {
  /** Both keys are on their way before the page has worked on the first. */
  const press = (page: Page, ...keys: string[]) => Promise.all(keys.map((key) => page.keyboard.press(key)));

  test('opens what it opens: another dialog, or the same one again', async () => {
    const page = await join('quick', 'Ann');
    await page.keyboard.press('d');
    for (let round = 0; round < 20; round++) {
      await press(page, 'Escape', '?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await press(page, 'Escape', '?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await press(page, 'Escape', 'd');
      await page.getByRole('dialog', { name: 'Devices' }).waitFor();
    }
    await press(page, 'Escape', 'm');
    const mic = page.getByRole('button', { name: 'Microphone', exact: true });
    await expect.poll(() => mic.getAttribute('aria-pressed')).toBe('false');
  });

  test('works after a panel and after the menu, too', async () => {
    const page = await join('quick-panel', 'Ann');
    const field = page.getByLabel('Message to all');
    for (let round = 0; round < 10; round++) {
      await page.keyboard.press('c');
      await field.waitFor();
      await press(page, 'Escape', 'c');
      await field.waitFor();
      await press(page, 'Escape', 'p');
      await page.getByRole('complementary', { name: 'People' }).waitFor();
      await press(page, 'Escape');
      await more(page).focus();
      await page.keyboard.press('Enter');
      await press(page, 'Escape', 'd');
      await page.getByRole('dialog', { name: 'Devices' }).waitFor();
      await press(page, 'Escape');
    }
  });
});

describe('the focus', () => {
  test('goes back to the button that has opened a dialog or a panel', async () => {
    const page = await join('back', 'Ann');
    await join('back', 'Bob', 'guest');
    const people = page.getByRole('button', { name: 'People' });
    await people.focus();
    await page.keyboard.press('Enter');
    const actions = page.getByRole('button', { name: 'Actions for Bob' });
    await actions.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Bob' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await hasFocus(actions)).toBe(true); // the panel is still there
    await actions.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    expect(await hasFocus(actions)).toBe(true);
    await page.keyboard.press('Escape');
    expect(await hasFocus(people)).toBe(true);

    await more(page).focus();
    for (const name of ['Devices', 'Keyboard shortcuts', 'Who is kept out']) {
      await page.keyboard.press('Enter');
      await item(page, name).press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      expect([name, await hasFocus(more(page))]).toEqual([name, true]);
    }
  });

  test('that is nowhere, as its button is gone, lets Escape close the panel', async () => {
    const [page, bob] = [await join('gone', 'Ann'), await join('gone', 'Bob', 'guest')];
    await page.keyboard.press('p');
    const actions = page.getByRole('button', { name: 'Actions for Bob' });
    await actions.press('Enter');
    await page.getByRole('dialog').waitFor();
    await bob.close();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
  });
});
