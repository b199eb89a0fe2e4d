/* Single parts of this program, by hand: what tests ask for. */
#ifndef INSPECT_H
#define INSPECT_H

/* Prints what a part makes of its input. Returns the exit status. */
int inspect(int count, char **arguments);

#endif
