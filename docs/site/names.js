// What the theme leaves out: the search's name, for who hears the page, and a way to scroll wide things by keyboard.
document$.subscribe(() => {
  document.querySelector(".md-search").setAttribute("aria-label", "Search")
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap, pre > code")) wide.tabIndex = 0
})
