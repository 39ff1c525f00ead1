"""What the pages show: machines, pictures, talks, films and articles, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """A glass washer that Brightwash makes."""

    id: str
    name: str
    line: str
    glasses: int
    litres: float
    width: int
    places: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A photograph that lies at Flickr."""

    url: str
    page: str
    caption: str


@dataclass(frozen=True)
class Embed:
    """A talk or a film that somebody else's player shows."""

    title: str
    src: str
    page: str
    text: str


@dataclass(frozen=True)
class Article:
    """A post of the blog."""

    slug: str
    title: str
    date: str
    author: str
    lead: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The text, split at its empty lines."""
        return self.text.strip().split("\n\n")


PLACES = {
    "pub": "Pub or bar",
    "hotel": "Hotel",
    "restaurant": "Restaurant",
    "cafe": "Café",
}

MACHINES = (
    Machine("ripple-30", "Ripple 30", "Fits under any counter, rinses with filtered water.", 480, 1.9, 42,
            ("cafe", "pub")),
    Machine("ripple-50", "Ripple 50", "Two programmes, one for pints and one for stemware.", 900, 2.1, 57,
            ("pub", "restaurant")),
    Machine("cascade-60", "Cascade 60", "Built-in reverse osmosis: no polishing, no streaks.", 1_200, 2.0, 60,
            ("restaurant", "hotel")),
    Machine("tideline-x", "Tideline X", "A conveyor for banquets: three racks at a time.", 3_600, 1.6, 135,
            ("hotel",)),
)  # fmt: skip

PICTURES = (
    Picture("https://live.staticflickr.com/65535/50000000001_bw0001_b.jpg", "https://www.flickr.com/photos/brightwash/1",
            "The Ripple 30 behind the bar of the Lantern"),
    Picture("https://live.staticflickr.com/65535/50000000002_bw0002_b.jpg", "https://www.flickr.com/photos/brightwash/2",
            "Four hundred flutes before a wedding"),
    Picture("https://live.staticflickr.com/65535/50000000003_bw0003_b.jpg", "https://www.flickr.com/photos/brightwash/3",
            "Our test bench: the same glass, ten thousand washes later"),
    Picture("https://live.staticflickr.com/65535/50000000004_bw0004_b.jpg", "https://www.flickr.com/photos/brightwash/4",
            "Ana fits a rinse arm"),
)  # fmt: skip

TALKS = (
    Embed("Water, not chemistry", "https://www.slideshare.net/slideshow/embed_code/key/bwWaterNotChem",
          "https://www.slideshare.net/brightwash/water-not-chemistry",
          "How filtered water lets you halve the detergent. Given to the Harrowmere Licensees' Evening."),
    Embed("What a streak is made of", "https://www.slideshare.net/slideshow/embed_code/key/bwStreaks",
          "https://www.slideshare.net/brightwash/streaks",
          "Lime, starch and lipstick under the microscope, in eighteen slides."),
)  # fmt: skip

FILMS = (
    Embed("One minute inside a wash", "https://www.youtube.com/embed/bwInWashing",
          "https://www.youtube.com/watch?v=bwInWashing", "A camera in a pint glass. It got wet."),
    Embed("Changing the rinse filter", "https://www.youtube-nocookie.com/embed/bwRinseFilt",
          "https://www.youtube.com/watch?v=bwRinseFilt", "Three clips, no tools, forty seconds."),
    Embed("A day at the works", "https://player.vimeo.com/video/900000001", "https://vimeo.com/900000001",
          "From sheet steel at seven to a crate on the van at four."),
)  # fmt: skip

ARTICLES = (
    Article(
        "hard-water", "Three ways to live with hard water", "2026-10-02", "Ana Whitlock",
        "Every pub in our valley has the same problem, and it comes out of the tap.",
        """
Limescale is patient. It settles on the heater first, where nobody looks, and the machine washes a little cooler
every week until somebody holds a glass against the light.

A softener, a bottle of descaler or a reverse osmosis unit all help. We compared them over one winter in four
houses, with the same beer and the same glasses, and wrote down what each of them cost.

The short answer: under two hundred glasses a day descale by hand, above that the filter has paid for itself by
Easter.
""",
    ),
    Article(
        "quiet-please", "A dishwasher you can talk over", "2026-08-19", "Tom Eastgate",
        "The loudest thing in a small bar should be the guests.",
        """
We hung a Ripple 30 from springs, put a microphone where the first bar stool would be, and took parts away until it
was quiet. Then we put back the ones that wash glasses.

What remained was the door. It now closes against felt, and the new model is four decibels softer than the one
before.
""",
    ),
    Article(
        "why-glass-breaks", "Why good glasses break", "2026-05-30", "Ana Whitlock",
        "Most glasses are broken long before they fall apart.",
        """
A glass that comes hot out of the machine and meets a cold beer has been struck twice: once by the water and once
by the drink. Give it two minutes in between.

And do not stack them. Ever.
""",
    ),
)  # fmt: skip

SPONSOR = "Hallmere Detergents"
