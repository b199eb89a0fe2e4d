/** Waiting in a lobby: in the order of coming, each with one end. */
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../../src/auth/claims.ts';
import { Lobby } from '../../../src/rooms/lobby.ts';

function identity(userId: string, room = 'red'): Identity {
  return { userId, room, name: userId, userType: 'guest', grants: new Set(), expiresAt: 0 };
}

/** A lobby, and what it told. */
function openLobby(maxLobby = 10) {
  const lobby = new Lobby({ maxLobby });
  const told: string[] = [];
  lobby.on('arrived', (room, { userId }) => told.push(`${room}: ${userId} arrived`));
  lobby.on('left', (room, _id, reason) => told.push(`${room}: ${reason}`));
  const signal = new AbortController();
  const wait = (userId: string, room?: string) => lobby.wait(identity(userId, room), signal.signal);
  return { lobby, told, signal, wait };
}

describe('a lobby', () => {
  test('admits by id, and only those of the room', async () => {
    const { lobby, told, wait } = openLobby();
    const [ann, bob] = [wait('ann'), wait('bob')];
    void wait('eve', 'blue').catch(() => {});
    const [first, second] = lobby.waiting('red');
    expect([first?.userId, second?.userId]).toEqual(['ann', 'bob']);
    expect(() => lobby.admit('blue', first?.id ?? '')).toThrow('nobody waits');
    lobby.admit('red', first?.id ?? '');
    await ann;
    expect(() => lobby.admit('red', first?.id ?? '')).toThrow('nobody waits');
    lobby.refuse('red', second?.id ?? '', 'lobby_refused');
    await expect(bob).rejects.toMatchObject({ code: 'lobby_refused' });
    expect(lobby.waiting('red')).toEqual([]);
    expect(lobby.size).toBe(1);
    expect(told).toEqual([
      'red: ann arrived',
      'red: bob arrived',
      'blue: eve arrived',
      'red: admitted',
      'red: refused',
    ]);
  });

  test('lets those go whose socket goes, with its code', async () => {
    const { lobby, signal, wait } = openLobby();
    const waiting = wait('ann');
    signal.abort('socket_dead');
    await expect(waiting).rejects.toMatchObject({ code: 'socket_dead' });
    await expect(wait('late')).rejects.toMatchObject({ code: 'socket_dead' });
    expect(lobby.size).toBe(0);
  });

  test('sends away all of a user, or all of a room', async () => {
    const { lobby, wait } = openLobby();
    const codes = ['ann', 'ann', 'bob'].map((user) => wait(user).catch(({ code }) => code));
    lobby.refuseAll('red', 'banned', 'ann');
    expect(lobby.waiting('red').map(({ userId }) => userId)).toEqual(['bob']);
    lobby.refuseAll('red', 'room_ended');
    expect(await Promise.all(codes)).toEqual(['banned', 'banned', 'room_ended']);
  });

  test('has room for so many, in each room', async () => {
    const { lobby, wait } = openLobby(2);
    const waiting = [wait('ann'), wait('bob'), wait('eve', 'blue')];
    await expect(wait('late')).rejects.toMatchObject({ code: 'lobby_full' });
    lobby.admitAll('red');
    lobby.admitAll('blue');
    await Promise.all(waiting);
    expect(lobby.size).toBe(0);
  });
});
