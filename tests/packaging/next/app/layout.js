/** @param {{ children: unknown }} page */
export default function Layout({ children }) {
  return children;
}
