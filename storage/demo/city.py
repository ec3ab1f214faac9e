"""The cities of the demo data, and what is plausible in each."""

import msgspec


class Country(msgspec.Struct, frozen=True):
    """The form of a country's addresses and telephone numbers, and names of its people and firms.

    `address` has places for a street and a number; `streets` are complete names. In `phone`, # is a digit.
    """

    address: str
    phone: str
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    streets: tuple[str, ...]
    firms: tuple[str, ...]


class City(msgspec.Struct, frozen=True):
    """`price` is per square meter, and `weight` is the city's share of the listings. In `postal_code`, # is a digit."""

    name: str
    region: str
    country: Country
    postal_code: str
    latitude: float
    longitude: float
    price: int
    weight: int


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


GERMANY = Country(
    "{street} {number}",
    "+49 30 23125 ###",
    _words("Anna, Jürgen, Sabine, Lukas, Käthe, Björn, Miriam, Thomas, Ayşe, Jonas, Franziska, Götz"),
    _words("Müller, Schäfer, Weiß, König, Bauer, Jäger, Yılmaz, Köhler, Hartmann, Groß, Vogel, Lindner"),
    _words("Hauptstraße, Gartenweg, Lindenallee, Schillerstraße, Am Mühlbach, Bahnhofstraße, Goethestraße, Kirchgasse"),
    _words("{last} Immobilien, Hausverwaltung {last}, {last} & Söhne Wohnbau"),
)
AUSTRIA = Country(
    "{street} {number}/{door}",
    "+43 1 555 ####",
    _words("Leopold, Magdalena, Franz, Theresa, Günther, Elisabeth, Matthias, Johanna"),
    _words("Gruber, Steiner, Pichler, Böhm, Wallner, Kröpfl, Höller, Novak"),
    _words("Mariahilfer Gasse, Wiedner Zeile, Rosengasse, Alser Platz, Brückenstraße, Schloßweg"),
    _words("{last} Realitäten, Immobilienkanzlei {last}"),
)
FRANCE = Country(
    "{number} {street}",
    "+33 1 99 00 ## ##",
    _words("Hélène, François, Chloé, Rémi, Zoé, Étienne, Amélie, Benoît, Inès, Loïc"),
    _words("Lefèvre, Dubois, Moreau, Garnier, Béranger, Rousseau, N'Diaye, Gérard, d'Aubigné, Marchand"),
    _words("rue de l'Église, avenue Victor-Hugo, place du Marché, rue des Lilas, quai de l'Île, boulevard Pasteur"),
    _words("Agence {last}, {last} Immobilier, Cabinet {last} & Associés"),
)
SPAIN = Country(
    "{street}, {number}, {door}º",
    "+34 919 555 ###",
    _words("María, José, Begoña, Íñigo, Lucía, Andrés, Inés, Joaquín, Nuria, Ramón"),
    _words("García Núñez, Ibáñez, Muñoz, Peña, López de Haro, Castañeda, Ordóñez, Sáez, Vilà, Etxeberria"),
    _words("Calle Mayor, Calle de la Peña, Avenida de Andalucía, Plaza del Ángel, Paseo Marítimo, Calle Núñez"),
    _words("Inmobiliaria {last}, Fincas {last}, Casas {last}"),
)
PORTUGAL = Country(
    "{street} {number}, {door}.º",
    "+351 210 555 ###",
    _words("João, Inês, Gonçalo, Beatriz, Conceição, Luís, Mafalda, Simão"),
    _words("Magalhães, Conceição, Brandão, Araújo, Simões, Falcão, Assunção, Lourenço"),
    _words("Rua das Flores, Travessa do Açúcar, Avenida da Liberdade, Largo de São João, Rua do Alecrim"),
    _words("Imobiliária {last}, {last} Mediação, Casas de {last}"),
)
ITALY = Country(
    "{street} {number}",
    "+39 06 5555 ####",
    _words("Niccolò, Giulia, Lorenzo, Chiara, Matteo, Francesca, Ruggero, Beatrice, Noè"),
    _words("Rossi, De Santis, Nicolò, Fabbri, D'Angelo, Colombo, Mancini, Cantù"),
    _words("Via Garibaldi, Corso Umberto, Piazza della Libertà, Via dell'Unità, Via San Niccolò, Vicolo Stretto"),
    _words("{last} Case, Immobiliare {last}, Studio {last}"),
)
POLAND = Country(
    "ul. {street} {number}/{door}",
    "+48 22 555 ## ##",
    _words("Małgorzata, Łukasz, Agnieszka, Paweł, Żaneta, Stanisław, Zofia, Grzegorz, Bożena"),
    _words("Wójcik, Dąbrowska, Kamiński, Zając, Wróbel, Jabłoński, Pawłowska, Król, Głowacki"),
    _words("Długa, Świętokrzyska, Ogrodowa, Słoneczna, Kościuszki, Żeromskiego, Młyńska, Polna"),
    _words("{last} Nieruchomości, Biuro {last}, {last} i Wspólnicy"),
)
CZECHIA = Country(
    "{street} {number}",
    "+420 225 555 ###",
    _words("Jiří, Tereza, Ondřej, Kateřina, Zdeněk, Božena, Vojtěch, Žofie"),
    _words("Dvořák, Nováková, Procházka, Růžička, Kučera, Němcová, Říha, Černý"),
    _words("Nádražní, Sokolská, Na Příkopě, Žižkova, Květná, U Řeky"),
    _words("Reality {last}, {last} Domy"),
)
NETHERLANDS = Country(
    "{street} {number}",
    "+31 20 555 ####",
    _words("Daan, Zoë, Joost, Maaike, Renée, Sjoerd, Noëlle, Pieter"),
    _words("van den Berg, de Vries, Jansen, van 't Hof, Bakker, Smit, Coëlho, ter Haar"),
    _words("Prinsengracht, Kerkstraat, 's-Gravendijk, Molenweg, Tulpstraat, Havenkade"),
    _words("{last} Makelaars, Makelaardij {last}"),
)
SCANDINAVIA = Country(
    "{street} {number}",
    "+46 8 555 ## ###",
    _words("Åsa, Søren, Björn, Märta, Øyvind, Linnea, Håkon, Sigrid, Göran"),
    _words("Lindström, Sørensen, Ångström, Bjørnstad, Håkansson, Nygård, Østergaard, Sjöberg"),
    _words("Storgatan, Åvägen, Kirkeveien, Nørregade, Sjögatan, Skogsvägen, Møllegata"),
    _words("{last} Eiendom, {last} Fastigheter"),
)
IRELAND = Country(
    "{number} {street}",
    "+353 20 910 ####",
    _words("Aoife, Seán, Niamh, Pádraig, Siobhán, Conor, Gráinne, Liam"),
    _words("O'Brien, Ní Dhomhnaill, Murphy, Ó Súilleabháin, Byrne, McCarthy, Doyle"),
    _words("Harbour Road, St. Stephen's Lane, Mill Street, The Crescent, Castle Avenue"),
    _words("{last} Lettings, {last} & Daughters, The {last} Agency"),
)
BRAZIL = Country(
    "{street}, {number} - apto {door}",
    "+55 11 5555-####",
    _words("Antônio, Júlia, Sebastião, Letícia, Luíza, Thiago, Zé Carlos, Débora, Cauã"),
    _words("Gonçalves, Araújo, da Conceição, Guimarães, Sampaio, Assunção, Nóbrega, dos Santos"),
    _words("Rua Augusta, Avenida Brigadeiro, Alameda Jaú, Rua São José, Rua do Sertão, Travessa Itaú"),
    _words("{last} Imóveis, Corretora {last}, {last} Empreendimentos"),
)

CITIES = (
    City("Berlin", "Berlin", GERMANY, "10###", 52.520, 13.405, 5400, 100),
    City("München", "Bayern", GERMANY, "80###", 48.137, 11.575, 9200, 60),
    City("Hamburg", "Hamburg", GERMANY, "20###", 53.551, 9.994, 6100, 55),
    City("Köln", "Nordrhein-Westfalen", GERMANY, "50###", 50.938, 6.960, 5000, 32),
    City("Düsseldorf", "Nordrhein-Westfalen", GERMANY, "40###", 51.225, 6.776, 5100, 20),
    City("Nürnberg", "Bayern", GERMANY, "90###", 49.454, 11.077, 4200, 14),
    City("Görlitz", "Sachsen", GERMANY, "028##", 51.153, 14.987, 1300, 4),
    City("Wien", "Wien", AUSTRIA, "1##0", 48.208, 16.373, 6300, 45),
    City("Graz", "Steiermark", AUSTRIA, "80##", 47.071, 15.439, 4100, 10),
    City("Paris", "Île-de-France", FRANCE, "750##", 48.857, 2.352, 10300, 80),
    City("Lyon", "Auvergne-Rhône-Alpes", FRANCE, "6900#", 45.764, 4.836, 5200, 25),
    City("Orléans", "Centre-Val de Loire", FRANCE, "450##", 47.903, 1.909, 2900, 8),
    City("Besançon", "Bourgogne-Franche-Comté", FRANCE, "250##", 47.238, 6.024, 2400, 4),
    City("Madrid", "Comunidad de Madrid", SPAIN, "280##", 40.417, -3.704, 5600, 65),
    City("Málaga", "Andalucía", SPAIN, "290##", 36.721, -4.421, 3600, 40),
    City("Barcelona", "Catalunya", SPAIN, "080##", 41.385, 2.173, 5100, 55),
    City("A Coruña", "Galicia", SPAIN, "150##", 43.362, -8.412, 2900, 9),
    City("Cádiz", "Andalucía", SPAIN, "110##", 36.527, -6.289, 2800, 5),
    City("Lisboa", "Área Metropolitana de Lisboa", PORTUGAL, "1###-###", 38.722, -9.139, 5900, 42),
    City("Porto", "Norte", PORTUGAL, "4###-###", 41.158, -8.629, 4000, 22),
    City("Évora", "Alentejo", PORTUGAL, "7000-###", 38.571, -7.914, 2100, 4),
    City("Roma", "Lazio", ITALY, "001##", 41.903, 12.496, 4300, 40),
    City("Milano", "Lombardia", ITALY, "201##", 45.464, 9.190, 6800, 38),
    City("Forlì", "Emilia-Romagna", ITALY, "4712#", 44.222, 12.041, 1800, 4),
    City("Warszawa", "Mazowieckie", POLAND, "0#-###", 52.230, 21.012, 4200, 36),
    City("Kraków", "Małopolskie", POLAND, "3#-###", 50.065, 19.945, 3900, 28),
    City("Łódź", "Łódzkie", POLAND, "9#-###", 51.759, 19.456, 2100, 12),
    City("Gdańsk", "Pomorskie", POLAND, "80-###", 54.352, 18.647, 3400, 14),
    City("Praha", "Hlavní město Praha", CZECHIA, "1## 00", 50.075, 14.438, 5600, 30),
    City("Plzeň", "Plzeňský kraj", CZECHIA, "3## 00", 49.738, 13.374, 2900, 5),
    City("Amsterdam", "Noord-Holland", NETHERLANDS, "10## AB", 52.368, 4.904, 8100, 30),
    City("'s-Hertogenbosch", "Noord-Brabant", NETHERLANDS, "52## XD", 51.697, 5.304, 4300, 5),
    City("Stockholm", "Stockholms län", SCANDINAVIA, "11# ##", 59.329, 18.069, 7600, 24),
    City("Malmö", "Skåne län", SCANDINAVIA, "21# ##", 55.605, 13.004, 3300, 8),
    City("København", "Hovedstaden", SCANDINAVIA, "2#00", 55.676, 12.568, 6900, 22),
    City("Tromsø", "Troms", SCANDINAVIA, "90##", 69.649, 18.956, 4700, 3),
    City("Dublin", "Leinster", IRELAND, "D0# X###", 53.350, -6.260, 6200, 26),
    City("Dún Laoghaire", "Leinster", IRELAND, "A96 X###", 53.294, -6.134, 7000, 4),
    City("São Paulo", "São Paulo", BRAZIL, "0####-###", -23.551, -46.633, 2100, 50),
    City("Florianópolis", "Santa Catarina", BRAZIL, "880##-###", -27.595, -48.548, 2000, 10),
    City("Brasília", "Distrito Federal", BRAZIL, "70###-###", -15.794, -47.883, 1700, 9),
)
