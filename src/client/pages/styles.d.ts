/** Styles are imported so that the build makes one file of them. */
declare module '*.css';
