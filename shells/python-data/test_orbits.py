import unittest

from orbits import fit, load


class Orbits(unittest.TestCase):
    def test_the_data_is_whole(self) -> None:
        orbits = load()
        self.assertEqual(len(orbits), 13)
        self.assertEqual(orbits["kind"].value_counts().to_dict(), {"planet": 8, "dwarf planet": 5})
        self.assertTrue(orbits["name"].is_unique)
        self.assertFalse(orbits.isna().any(axis=None))

    def test_every_orbit_follows_keplers_third_law(self) -> None:
        for orbit in load().itertuples():
            with self.subTest(orbit.name):
                self.assertAlmostEqual(orbit.period_years**2 / orbit.distance_au**3, 1, delta=0.01)

    def test_the_fit_finds_the_law(self) -> None:
        factor, exponent = fit(load())
        self.assertAlmostEqual(factor, 1, delta=0.01)
        self.assertAlmostEqual(exponent, 1.5, delta=0.01)
